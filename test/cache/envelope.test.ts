import fc from 'fast-check'
import { open, placeholder, seal } from '../../src/cache/envelope.js'

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
