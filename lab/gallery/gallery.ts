import { search } from '../../test/interleavings/search.js'
import { draw } from '../diagram/sequence.js'
import { drawOurs } from './drawOurs.js'
import { drawWay } from './drawWay.js'
import { LEFT_OUT, type LeftOut, SCENARIOS } from './ours.js'
import { PROGRAMS } from './programs.js'
import { racesPage } from './racesPage.js'
import { findShortest } from './shortest.js'
import { standalone } from './standalone.js'
import { USUAL, type Usual } from './usual.js'

/**
 * The files of the gallery, by their paths below docs/. Each is made when it is asked for, because searches take long.
 */
export const GALLERY: ReadonlyMap<string, () => string> = new Map([
  ...USUAL.map((usual) => [pathOf(usual), () => drawUsual(usual)] as const),
  ...LEFT_OUT.map((leftOut) => [pathOf(leftOut), () => drawLeftOut(leftOut)] as const),
  ['races.md', () => racesPage(statesOfNone(), statesOfOurs())],
])

function pathOf({ id }: { readonly id: string }): string {
  return `races/${id}.svg`
}

function drawUsual({ id, failures, title }: Usual): string {
  const { steps } = findShortest(PROGRAMS[id], failures)
  if (steps.length === 0) throw new Error(`The search finds no stale page for ${id}`)
  return standalone(draw(drawWay(`How a cache shows a stale page: ${title}`, steps), id))
}

function drawLeftOut({ id, rule, scenario, title }: LeftOut): string {
  const { violation } = search(scenario, rule)
  if (violation.length === 0) throw new Error(`The search finds no stale page without the rule "${rule}"`)
  return standalone(draw(drawOurs(`What this app would show ${title}`, violation), id))
}

/** Without a cache no stale page is possible. With ours the search must find none. */
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
