import fc from 'fast-check'
import { open, seal } from '../../src/cache/envelope.js'

// Formats and placeholders: unfamiliar.test.ts.
const FORMAT = 'queue/2/100'
const ORIGIN = '74123/16384'

test('an envelope returns the value that was sealed', () => {
  const versions = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(versions, fc.uint8Array(), (version, body) => {
      const opened = open(FORMAT, ORIGIN, seal(FORMAT, { version, origin: ORIGIN }, Buffer.from(body)))
      expect(opened).toEqual({ version, origin: ORIGIN, body: Buffer.from(body) })
    }),
  )
})

test.each(['74123/1', '74123/1638', '74123/163840', '', ' ', '74123/16384 '])(
  'an envelope is ignored if its source is another one (%j)',
  (other) => {
    const bytes = seal(FORMAT, { version: 7, origin: ORIGIN }, Buffer.from('{}'))
    expect(open(FORMAT, other, bytes)).toBeUndefined()
  },
)

test('an envelope is ignored if the release before wrote it, without an origin', () => {
  expect(open('queue/1/100', ORIGIN, Buffer.from('queue/1/100 7\n{}'))).toBeUndefined()
})

test.each([
  ...['', '\n', 'queue/2/100', 'queue/2/100 7\n', 'queue/2/100 74123/16384\n', 'queue/2/100 74123/16384 7'],
  ...['queue/2/100 74123/16384 -7\n', 'queue/2/100 74123/16384 7.5\n', 'queue/2/100 74123/16384 07\n'],
])('an envelope is ignored if it is %j', (bytes) => {
  expect(open(FORMAT, ORIGIN, Buffer.from(bytes))).toBeUndefined()
})

test('an envelope is ignored if its version is larger than a safe integer', () => {
  expect(open('f', 'o', Buffer.from('f o 9007199254740993\n'))).toBeUndefined()
})
