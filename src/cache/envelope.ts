import type { Versioned } from './Source.js'

// What is stored: a line with the format, the origin and the version, then the encoded value.
//
//     queue/2/100 7412345678901234567/16384 1795478400000000\n{...}
//
// An entry of another release or another configuration has another format.
// An entry of another app has another origin, even if it has the same format and the same key.
// A placeholder has no origin, version 0 and no value.

/** How a value is stored. */
export interface Codec<T extends Versioned> {
  /** Names the encoding. Another name makes everything stored under the old one a miss. */
  readonly format: string
  /** Always the same bytes for the same content. */
  encode(value: T): Buffer
  /** A value with this version and origin. Undefined for anything unfamiliar. What it throws counts as unfamiliar too. */
  decode(body: Buffer, stamp: Versioned): T | undefined
}

/**
 * Wraps a codec whose `decode` may throw: whatever the cache holds, no read fails.
 * @param onFirstError called once, because a `decode` that always throws would make every read a miss unnoticed
 */
export function tolerantCodec<T extends Versioned>(
  codec: Codec<T>,
  onFirstError: (error: unknown) => void,
): Codec<T> {
  let hasFailed = false
  return {
    format: codec.format,
    encode: (value) => codec.encode(value),
    decode(body, stamp) {
      try {
        return codec.decode(body, stamp)
      } catch (error) {
        if (!hasFailed) onFirstError(error)
        hasFailed = true
        return undefined
      }
    },
  }
}

/** An entry whose value is still encoded. */
export interface Envelope extends Versioned {
  readonly body: Buffer
}

const MAX_HEADER_BYTES = 200
const VERSION = /^[1-9]\d{0,15}$/

/** A value with its line in front. Its version and origin must have been checked (see `checkStamp`). */
export function seal(format: string, { origin, version }: Versioned, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${format} ${origin} ${version}\n`), body])
}

export function placeholder(format: string): Buffer {
  return Buffer.from(`${format} 0\n`)
}

/** Undefined for a placeholder, for an entry of another origin, and for anything unfamiliar. */
export function open(format: string, origin: string, bytes: Buffer): Envelope | undefined {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n')
  const header = bytes.toString('latin1', 0, Math.max(end, 0))
  const beginning = `${format} ${origin} `
  if (!header.startsWith(beginning)) return undefined
  const digits = header.slice(beginning.length)
  const version = VERSION.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(version) ? { version, origin, body: bytes.subarray(end + 1) } : undefined
}
