import type { Versioned } from './CachedValue.js'

/**
 * What is stored: a line that says the format, the source and the version, then the encoded value.
 *
 *     queue/2/100 7412345678901234567/16384 1795478400000000\n{...}
 *
 * The format is the owner's: what another release or another configuration has stored has a different one.
 * The origin is the source's: what another app with the same format has stored under the same key has a different one.
 * A placeholder has no origin, version 0 and nothing behind it.
 */
export interface Envelope {
  readonly version: number
  readonly body: Buffer
}

const LONGEST_HEADER = 200
const VERSION = /^[1-9]\d{0,15}$/
/** In bytes that mean the same in every encoding, without a space, so that it ends where the header says it does. */
const ORIGIN = /^[\x21-\x7e]{1,100}$/

/**
 * The line in front of a value.
 * @throws RangeError if the origin can't stand in it
 */
export function headerOf(format: string, { origin, version }: Versioned): Buffer {
  if (!ORIGIN.test(origin))
    throw new RangeError(`An origin should be 1 to 100 visible ASCII characters: ${JSON.stringify(origin)}`)
  return Buffer.from(`${format} ${origin} ${version}\n`)
}

export function seal(format: string, stamp: Versioned, body: Buffer): Buffer {
  return Buffer.concat([headerOf(format, stamp), body])
}

export function placeholder(format: string): Buffer {
  return Buffer.from(`${format} 0\n`)
}

/** What comes out of a cache is input: undefined for a placeholder, for another origin's, and for anything unfamiliar. */
export function open(format: string, origin: string, bytes: Buffer): Envelope | undefined {
  const end = bytes.subarray(0, LONGEST_HEADER).indexOf('\n')
  const header = bytes.toString('latin1', 0, Math.max(end, 0))
  const beginning = `${format} ${origin} `
  if (!header.startsWith(beginning)) return undefined
  const digits = header.slice(beginning.length)
  const version = VERSION.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(version) ? { version, body: bytes.subarray(end + 1) } : undefined
}
