/**
 * What is stored: a line that says the format and the version, then the encoded value.
 *
 *     queue/1 1795478400000000\n{...}
 *
 * The format is the owner's: what another release or another configuration has stored has a different one.
 * A placeholder has version 0 and nothing behind it.
 */
export interface Envelope {
  readonly version: number
  readonly body: Buffer
}

const LONGEST_HEADER = 200
const VERSION = /^[1-9]\d{0,15}$/

export function seal(format: string, version: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${format} ${version}\n`), body])
}

export function placeholder(format: string): Buffer {
  return seal(format, 0, Buffer.alloc(0))
}

/** What comes out of a cache is input: undefined for a placeholder and for anything unfamiliar. */
export function open(format: string, bytes: Buffer): Envelope | undefined {
  const end = bytes.subarray(0, LONGEST_HEADER).indexOf('\n')
  const header = bytes.toString('latin1', 0, Math.max(end, 0))
  const space = header.lastIndexOf(' ')
  if (header.slice(0, space) !== format) return undefined
  const digits = header.slice(space + 1)
  const version = VERSION.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(version) ? { version, body: bytes.subarray(end + 1) } : undefined
}
