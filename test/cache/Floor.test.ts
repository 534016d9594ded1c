import type { Versioned } from '../../src/cache/CachedValue.js'
import { Floor } from '../../src/cache/Floor.js'
import { until } from '../support/poll.js'

let floor: Floor

beforeEach(async () => {
  floor = new Floor()
  floor.observe(stamp(5), await aMomentAgo())
})

function stamp(version: number, origin = 'ours'): Versioned {
  return { version, origin }
}

/** This moment, once it is over: what is learned from now on is learned later. */
async function aMomentAgo(): Promise<number> {
  const momentMs = performance.now()
  await until('the clock has moved', () => performance.now() > momentMs)
  return momentMs
}

async function now(): Promise<number> {
  await aMomentAgo()
  return performance.now()
}

function admitted(versions: readonly number[], origin = 'ours'): number[] {
  return versions.filter((version) => floor.admits(stamp(version, origin)))
}

test('nothing is admitted as long as the source is not known, and nothing in the cache raises the floor', () => {
  floor = new Floor()
  floor.raise(stamp(7))
  expect(floor.origin).toBeUndefined()
  expect(admitted([0, 7, 9])).toEqual([])
  floor.observe(stamp(5), performance.now())
  expect(admitted([4, 5, 7])).toEqual([5, 7])
})

test('admits nothing older than the newest version heard of, and nothing of another source', () => {
  floor.raise(stamp(7))
  floor.raise(stamp(9, 'theirs'))
  expect(admitted([6, 7, 8])).toEqual([7, 8])
  expect(admitted([6, 7, 8, 9], 'theirs')).toEqual([])
})

test('ignores an older answer to a question that was sent before the newer version was learned', async () => {
  const sentAtMs = await aMomentAgo()
  floor.raise(stamp(7))
  expect(floor.observe(stamp(5), sentAtMs)).toBe('known')
  expect(admitted([5, 7])).toEqual([7])
})

test('comes down if a later question is answered with an older version: history was lost', async () => {
  floor.observe(stamp(7), performance.now())
  expect(floor.observe(stamp(5), await now())).toBe('void')
  expect(admitted([4, 5])).toEqual([5])
})

describe('a version that only the cache has told of', () => {
  test('is unconfirmed until the source answers it, or a newer one', async () => {
    floor.raise(stamp(7))
    expect(floor.isUnconfirmed).toBe(true)
    floor.observe(stamp(7), await now())
    expect(floor.isUnconfirmed).toBe(false)
  })

  test('is void once a later question is answered with an older one, though the source has not gone back', async () => {
    floor.raise(stamp(9_000))
    expect(floor.observe(stamp(6), await now())).toBe('void')
    expect(admitted([5, 6])).toEqual([6])
    expect(floor.isUnconfirmed).toBe(false)
  })

  test('is found out though a newer one is found in the cache all the time', async () => {
    floor.raise(stamp(9_000))
    const sentAtMs = await now()
    await aMomentAgo()
    floor.raise(stamp(9_001)) // after the question was sent
    expect(floor.observe(stamp(6), sentAtMs)).toBe('void')
  })

  test('is found out though answers to questions from before come in all the time', async () => {
    const earlyMs = await aMomentAgo()
    floor.raise(stamp(9_000))
    const sentAtMs = await now()
    await aMomentAgo()
    expect(floor.observe(stamp(6), earlyMs)).toBe('known')
    expect(floor.observe(stamp(7), sentAtMs)).toBe('void')
  })

  test('behind one that the source confirms is not confirmed by that, and not void by that either', async () => {
    floor.raise(stamp(7))
    floor.raise(stamp(9_000))
    expect(floor.observe(stamp(7), await now())).toBe('known')
    expect(floor.isUnconfirmed).toBe(true)
    expect(floor.observe(stamp(8), await now())).toBe('void')
    expect(admitted([7, 8])).toEqual([8])
  })
})

describe('another source', () => {
  test('takes the place of the one before, and all that was known of that is void', async () => {
    expect(floor.observe(stamp(3, 'theirs'), await now())).toBe('void')
    expect(floor.origin).toBe('theirs')
    expect(admitted([2, 3, 9], 'theirs')).toEqual([3, 9])
    expect(admitted([2, 3, 9], 'ours')).toEqual([])
  })

  test('is not the one before again for an answer that was under way', async () => {
    const sentAtMs = await aMomentAgo()
    floor.observe(stamp(3, 'theirs'), await now())
    expect(floor.observe(stamp(6, 'ours'), sentAtMs)).toBe('overtaken')
    expect(floor.origin).toBe('theirs')
    expect(admitted([2, 3], 'theirs')).toEqual([3])
  })

  test('may be replaced in its turn', async () => {
    floor.observe(stamp(3, 'theirs'), await now())
    expect(floor.observe(stamp(6), await now())).toBe('void')
    expect(admitted([5, 6])).toEqual([6])
  })
})
