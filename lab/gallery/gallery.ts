import { search } from '../../test/interleavings/search.js'
import { draw } from '../diagram/sequence.js'
import { WAYS } from '../ways.js'
import { drawOurs } from './drawOurs.js'
import { drawWay } from './drawWay.js'
import { LEFT_OUT, SCENARIOS } from './ours.js'
import { PROGRAMS } from './programs.js'
import { racesPage } from './racesPage.js'
import { findShortest } from './shortest.js'
import { standalone } from './standalone.js'
import { USUAL } from './usual.js'

/** One picture of the gallery. */
export interface Picture {
  readonly id: string
  readonly title: string
  readonly sentence: string
  readonly svg: string
}

/** Searches all orders of steps, and gives the files of the gallery by their paths below docs/. */
export function makeGallery(): ReadonlyMap<string, string> {
  const usual = USUAL.map(usualPicture)
  const leftOut = LEFT_OUT.map(leftOutPicture)
  const page = racesPage({ usual, leftOut, statesOfNone: statesOfNone(), statesOfOurs: statesOfOurs() })
  const pictures = [...usual, ...leftOut].map(({ id, svg }) => [`races/${id}.svg`, svg] as const)
  return new Map([['races.md', page], ...pictures])
}

function usualPicture({ way, failures, title, sentence }: (typeof USUAL)[number]): Picture {
  const { steps } = findShortest(PROGRAMS[way], failures)
  if (steps.length === 0) throw new Error(`The search finds no stale page for ${way}`)
  const named = WAYS.find(({ id }) => id === way)?.name ?? way
  return {
    id: way,
    title,
    sentence,
    svg: standalone(draw(drawWay(`How ${named} shows a stale page`, steps), way)),
  }
}

function leftOutPicture({ id, rule, scenario, title, sentence }: (typeof LEFT_OUT)[number]): Picture {
  const { violation } = search(scenario, rule)
  if (violation.length === 0) throw new Error(`The search finds no stale page without the rule "${rule}"`)
  return {
    id,
    title,
    sentence,
    svg: standalone(draw(drawOurs(`What this app would show ${title}`, violation), id)),
  }
}

/** Without a cache there is nothing to find; with ours there must be nothing either. */
function statesOfNone(): number {
  const { states, steps } = findShortest(PROGRAMS.none, 1)
  if (steps.length > 0) throw new Error('Even without a cache a page is stale: the model is wrong')
  return states
}

function statesOfOurs(): number {
  return SCENARIOS.reduce((sum, scenario) => {
    const { states, violation } = search(scenario)
    if (violation.length > 0) throw new Error(`This app shows a stale page: ${violation.join('; ')}`)
    return sum + states
  }, 0)
}
