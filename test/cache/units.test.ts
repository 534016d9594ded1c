import fc from 'fast-check'
import { Breaker } from '../../src/cache/Breaker.js'
import { open, placeholder, seal } from '../../src/cache/envelope.js'
import { SharedRun, SharedTurn } from '../../src/cache/SharedRun.js'
import { gate } from '../support/gates.js'
import { until } from '../support/poll.js'

const FORMAT = 'queue/2/100'
const ORIGIN = '74123/16384'

describe('an envelope', () => {
  test('gives back what was sealed', () => {
    const versions = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(versions, fc.uint8Array(), (version, body) => {
        const opened = open(FORMAT, ORIGIN, seal(FORMAT, { version, origin: ORIGIN }, Buffer.from(body)))
        expect(opened).toEqual({ version, body: Buffer.from(body) })
      }),
    )
  })

  test('is nothing to whoever wants another format', () => {
    const bytes = seal(FORMAT, { version: 7, origin: ORIGIN }, Buffer.from('{}'))
    expect(open('queue/2/50', ORIGIN, bytes)).toBeUndefined()
    expect(open('queue/1/100', ORIGIN, bytes)).toBeUndefined()
  })

  test.each(['74123/1', '74123/1638', '74123/163840', '', ' ', '74123/16384 '])(
    'is nothing to whoever has another source (%j)',
    (other) => {
      const bytes = seal(FORMAT, { version: 7, origin: ORIGIN }, Buffer.from('{}'))
      expect(open(FORMAT, other, bytes)).toBeUndefined()
    },
  )

  test.each(['', ' ', 'two words', 'two\nlines', 'ümlaut', 'x'.repeat(101)])(
    'has no room for the origin %j, which would not be read back as it is',
    (origin) => {
      expect(() => seal(FORMAT, { version: 7, origin }, Buffer.from('{}'))).toThrow(RangeError)
    },
  )

  test('of the release before, which told no origin, is nothing', () => {
    expect(open('queue/1/100', ORIGIN, Buffer.from('queue/1/100 7\n{}'))).toBeUndefined()
  })

  test('is nothing where it is a placeholder', () => {
    expect(open(FORMAT, ORIGIN, placeholder(FORMAT))).toBeUndefined()
  })

  test.each([
    '',
    '\n',
    'queue/2/100',
    'queue/2/100 7\n',
    'queue/2/100 74123/16384\n',
    'queue/2/100 74123/16384 7',
    'queue/2/100 74123/16384 -7\n',
    'queue/2/100 74123/16384 7.5\n',
    'queue/2/100 74123/16384 07\n',
  ])('is nothing where it is %j', (bytes) => {
    expect(open(FORMAT, ORIGIN, Buffer.from(bytes))).toBeUndefined()
  })

  test('is nothing where its version is more than a number can hold', () => {
    expect(open('f', 'o', Buffer.from('f o 9007199254740993\n'))).toBeUndefined()
  })

  test('may be any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void open('f', 'o', Buffer.from(bytes))),
    )
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
