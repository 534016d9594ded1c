import { jest } from '@jest/globals'
import { MinVersion } from '../../src/cache/MinVersion.js'
import { until } from '../support/poll.js'

let minVersion: MinVersion

beforeEach(async () => {
  minVersion = new MinVersion()
  minVersion.observe(5, await aMomentAgo())
})

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

function admitted(versions: readonly number[]): number[] {
  return versions.filter((version) => minVersion.admits(version))
}

test('admits nothing before the source has answered, no matter what was found in the cache', () => {
  minVersion = new MinVersion()
  minVersion.raise(7)
  expect(admitted([0, 7, 9])).toEqual([])
})

test('admits nothing older than the newest version that it has learned', () => {
  minVersion.raise(7)
  expect(admitted([6, 7, 8])).toEqual([7, 8])
})

test('ignores an older answer to a query that was sent before the newer version was learned', async () => {
  const sentAtMs = await aMomentAgo()
  minVersion.raise(7)
  expect(minVersion.observe(5, sentAtMs)).toBeUndefined()
  expect(admitted([5, 7])).toEqual([7])
})

test('is lowered if a later query is answered with an older version, because history was lost', async () => {
  minVersion.observe(7, performance.now())
  expect(minVersion.observe(5, await now())).toMatch('the source went back from version 7')
  expect(admitted([4, 5])).toEqual([5])
})

describe('a version that only the cache has', () => {
  test('is unconfirmed until the source answers it, or a newer one', async () => {
    minVersion.raise(7)
    expect(minVersion.isUnconfirmed).toBe(true)
    minVersion.observe(7, await now())
    expect(minVersion.isUnconfirmed).toBe(false)
  })

  test('is void when a later query is answered with an older one, although the source has not gone back', async () => {
    minVersion.raise(9_000)
    expect(minVersion.observe(6, await now())).toMatch('the cache held version 9000')
    expect(admitted([5, 6])).toEqual([6])
    expect(minVersion.isUnconfirmed).toBe(false)
  })

  test('is detected even if a newer one appears in the cache again and again', async () => {
    minVersion.raise(9_000)
    const sentAtMs = await now()
    await aMomentAgo()
    minVersion.raise(9_001) // after the question was sent
    expect(minVersion.observe(6, sentAtMs)).toMatch('the cache held version 9000')
  })

  test('is detected even if answers to earlier queries keep arriving', async () => {
    const earlyMs = await aMomentAgo()
    minVersion.raise(9_000)
    const sentAtMs = await now()
    await aMomentAgo()
    expect(minVersion.observe(6, earlyMs)).toBeUndefined()
    expect(minVersion.observe(7, sentAtMs)).toMatch('the cache held version 9000')
  })

  test('is neither confirmed nor void if the source confirms an older one', async () => {
    minVersion.raise(7)
    minVersion.raise(9_000)
    expect(minVersion.observe(7, await now())).toBeUndefined()
    expect(minVersion.isUnconfirmed).toBe(true)
    expect(minVersion.observe(8, await now())).toMatch('the cache held version 9000')
    expect(admitted([7, 8])).toEqual([8])
  })
})

test('an older entry than one found before changes nothing', () => {
  minVersion.raise(7)
  minVersion.raise(6)
  expect(admitted([6, 7])).toEqual([7])
})

test('what the source has answered is confirmed, also if it is found in the cache afterwards', () => {
  minVersion.raise(5)
  expect(minVersion.isUnconfirmed).toBe(false)
})

test('a version counts as learned when it was first answered, even if it is answered again', async () => {
  const sentAtMs = await aMomentAgo()
  minVersion.observe(5, await now())
  expect(minVersion.observe(4, sentAtMs)).toMatch('the source went back from version 5')
})

test('an answer that was overtaken does not hide that history was lost', async () => {
  const earlyMs = await aMomentAgo()
  minVersion.observe(7, await now())
  minVersion.observe(5, earlyMs)
  expect(minVersion.observe(6, await now())).toMatch('version 7')
})

test('a query that was sent at the moment when a version was learned may have been overtaken by it', () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 1)
  minVersion.observe(7, performance.now())
  expect(minVersion.observe(6, performance.now())).toBeUndefined()
  clock.mockRestore()
})
