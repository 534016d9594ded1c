import type { Versioned } from './Source.js'

// What is stored: a line that says the format, the source and the version, then the encoded value.
//
//     queue/2/100 7412345678901234567/16384 1795478400000000\n{...}
//
// The format is the owner's: what another release or another configuration has stored has a different one.
// The origin is the source's: what another app with the same format has stored under the same key has a different one.
// A placeholder has no origin, version 0 and nothing behind it.

const MAX_HEADER_BYTES = 200
const VERSION = /^[1-9]\d{0,15}$/

/** A value with its line in front. Its version and origin must have been checked (see `checkStamp`). */
export function seal(format: string, { origin, version }: Versioned, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${format} ${origin} ${version}\n`), body])
}

export function placeholder(format: string): Buffer {
  return Buffer.from(`${format} 0\n`)
}

/** What comes out of a cache is input: undefined for a placeholder, for another origin's, and for anything unfamiliar. */
export function open(format: string, origin: string, bytes: Buffer) {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n')
  const header = bytes.toString('latin1', 0, Math.max(end, 0))
  const beginning = `${format} ${origin} `
  if (!header.startsWith(beginning)) return undefined
  const digits = header.slice(beginning.length)
  const version = VERSION.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(version) ? { version, body: bytes.subarray(end + 1) } : undefined
}
