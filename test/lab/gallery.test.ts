import { readdir, readFile } from 'node:fs/promises'
import { drawOurs } from '../../lab/gallery/drawOurs.js'
import { GALLERY } from '../../lab/gallery/gallery.js'
import { PROGRAMS } from '../../lab/gallery/programs.js'
import { findShortest } from '../../lab/gallery/shortest.js'
import { sample } from '../support/sample.js'

const DOCS = new URL('../../docs/', import.meta.url)
const SEARCH_DEADLINE_MS = 90_000

test.each(sample([...GALLERY.keys()]))(
  'docs/%s is what the search finds: else run `npm run lab -- --gallery`',
  async (path) => {
    expect(await readFile(new URL(path, DOCS), 'utf8')).toBe(GALLERY.get(path)?.())
  },
  SEARCH_DEADLINE_MS,
)

test('the gallery has no outdated picture', async () => {
  const pictures = (await readdir(new URL('races/', DOCS))).map((name) => `races/${name}`)
  expect(['races.md', ...pictures].sort()).toEqual([...GALLERY.keys()].sort())
})

test('the search finds the race of two updates, step by step', () => {
  const { steps } = findShortest(PROGRAMS.update, 0)
  expect(steps.map(({ process, op, version }) => `${process} ${op} ${version}`)).toEqual([
    'A commit 2',
    'A load 2',
    'B commit 3',
    'B load 3',
    'B set 3',
    'A set 2',
    'B answer 3',
    'B get 2',
  ])
})

test('compare-and-swap alone is right as long as the cache answers, and not when one operation fails', () => {
  const { states, steps } = findShortest(PROGRAMS.versions, 0)
  expect(steps).toEqual([])
  expect(states).toBeGreaterThan(500)
  expect(findShortest(PROGRAMS.versions, 1).steps).not.toEqual([])
})

test('without a cache no order of steps is stale', () => {
  expect(findShortest(PROGRAMS.none, 1).steps).toEqual([])
})

test('a step of ours becomes an arrow between who took it and what it asked', () => {
  const steps = [
    "A's writer commits 2",
    "C's reader gets 1",
    "stale: C's reader is shown 1 after 2 was answered",
  ]
  const { columns, rows } = drawOurs('a race', steps)
  expect(columns).toEqual(['process A', 'Postgres', 'memcached', 'process C'])
  expect(rows).toEqual([
    { from: 0, to: 1, label: 'commits 2' },
    { from: 2, to: 3, label: 'gets 1' },
    { from: 3, label: 'is shown 1 after 2 was answered', isCulprit: true },
  ])
})
