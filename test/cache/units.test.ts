import fc from 'fast-check'
import { Breaker } from '../../src/cache/Breaker.js'
import { open, placeholder, seal } from '../../src/cache/envelope.js'
import { Floor } from '../../src/cache/Floor.js'
import { SharedRun, SharedTurn } from '../../src/cache/SharedRun.js'
import { gate } from '../support/gates.js'
import { until } from '../support/poll.js'

describe('an envelope', () => {
  test('gives back what was sealed', () => {
    const versions = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(versions, fc.uint8Array(), (version, body) => {
        const opened = open('queue/1/100', seal('queue/1/100', version, Buffer.from(body)))
        expect(opened).toEqual({ version, body: Buffer.from(body) })
      }),
    )
  })

  test('is nothing to whoever wants another format', () => {
    expect(open('queue/1/50', seal('queue/1/100', 7, Buffer.from('{}')))).toBeUndefined()
    expect(open('queue/2/100', seal('queue/1/100', 7, Buffer.from('{}')))).toBeUndefined()
  })

  test('is nothing where it is a placeholder', () => {
    expect(open('queue/1/100', placeholder('queue/1/100'))).toBeUndefined()
  })

  test.each([
    '',
    '\n',
    'queue/1/100',
    'queue/1/100 7',
    'queue/1/100 -7\n',
    'queue/1/100 7.5\n',
    'queue/1/100 07\n',
  ])('is nothing where it is %j', (bytes) => {
    expect(open('queue/1/100', Buffer.from(bytes))).toBeUndefined()
  })

  test('is nothing where its version is more than a number can hold', () => {
    expect(open('f', Buffer.from('f 9007199254740993\n'))).toBeUndefined()
  })

  test('may be any bytes at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void open('f', Buffer.from(bytes))))
  })
})

describe('the floor', () => {
  test('admits nothing older than the newest version heard of', () => {
    const floor = new Floor()
    floor.observe(5, performance.now())
    floor.raise(7)
    expect([6, 7, 8].map((version) => floor.admits(version))).toEqual([false, true, true])
  })

  test('ignores an older answer to a question that was sent before the newer version was learned', () => {
    const floor = new Floor()
    const sentAtMs = performance.now()
    floor.raise(7)
    expect(floor.observe(5, sentAtMs)).toBe(false)
    expect(floor.admits(5)).toBe(false)
  })

  test('comes down where a later question is answered with an older version: history was lost', () => {
    const floor = new Floor()
    floor.raise(7)
    expect(floor.observe(5, performance.now() + 1)).toBe(true)
    expect([4, 5].map((version) => floor.admits(version))).toEqual([false, true])
  })
})

describe('a shared run', () => {
  function gatedRuns() {
    const gates = [gate('run 0'), gate('run 1'), gate('run 2')]
    let begun = 0
    const runs = new SharedRun(async () => {
      const number = begun++
      await gates[number]?.wait()
      return number
    })
    return { runs, gates, begun: () => begun }
  }

  test('serves all who came before it began', async () => {
    const { runs, gates } = gatedRuns()
    const cameAtMs = performance.now()
    await until('time has passed', () => performance.now() > cameAtMs)
    const results = [runs.since(cameAtMs), runs.since(cameAtMs), runs.since(cameAtMs)]
    gates[0]?.open()
    expect(await Promise.all(results)).toEqual([0, 0, 0])
  })

  test('serves nobody who came later: one more follows for all of those', async () => {
    const { runs, gates, begun } = gatedRuns()
    const first = runs.since(performance.now())
    const late = [runs.since(performance.now() + 1), runs.since(performance.now() + 1)]
    expect(begun()).toBe(1) // runs don't overlap
    gates[0]?.open()
    gates[1]?.open()
    expect(await first).toBe(0)
    expect(await Promise.all(late)).toEqual([1, 1])
  })

  test('that fails fails only its own callers', async () => {
    let fails = true
    const runs = new SharedRun(async () => {
      if (fails) throw new Error('no')
      return 'yes'
    })
    const first = runs.since(performance.now())
    const late = runs.since(performance.now() + 1)
    fails = false
    await expect(first).rejects.toThrow('no')
    expect(await late).toBe('yes')
  })

  test('of one turn of the event loop begins after all who asked in that turn', async () => {
    let begun = 0
    const turn = new SharedTurn(async () => ++begun)
    const together = [turn.run(), turn.run()]
    expect(begun).toBe(0)
    expect(await Promise.all(together)).toEqual([1, 1])
    expect(await turn.run()).toBe(2)
  })
})

describe('a breaker', () => {
  test('probes one at a time until it works, and says each turn once', async () => {
    let works = false
    let probing = 0
    let mostAtOnce = 0
    let probes = 0
    const said: string[] = []
    const breaker = new Breaker({
      probe: async () => {
        probes++
        mostAtOnce = Math.max(mostAtOnce, ++probing)
        await new Promise(setImmediate)
        probing--
        if (!works) throw new Error('still down')
      },
      onLost: (error) => said.push(`lost: ${(error as Error).message}`),
      onRegained: () => said.push('regained'),
    })
    expect(breaker.isOpen).toBe(false)
    for (let i = 0; i < 10; i++) breaker.trip(new Error(`failure ${i}`))
    expect(breaker.isOpen).toBe(true)
    expect(breaker.reason).toEqual(new Error('failure 0'))
    await until('it has probed three times', () => probes >= 3)
    works = true
    await until('it has closed', () => !breaker.isOpen)
    expect(mostAtOnce).toBe(1)
    expect(said).toEqual(['lost: failure 0', 'regained'])
    breaker.stop()
  })

  test('that was stopped probes no more', async () => {
    let probes = 0
    const breaker = new Breaker({
      probe: async () => {
        probes++
        throw new Error('down')
      },
      onLost: () => {},
      onRegained: () => {},
    })
    breaker.stop()
    breaker.trip(new Error('down'))
    await new Promise((resolve) => setTimeout(resolve, 0))
    await new Promise(setImmediate)
    expect(probes).toBe(0)
  })
})
