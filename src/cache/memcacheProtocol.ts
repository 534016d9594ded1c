/** Memcache takes a longer time to live as a date in 1970: https://github.com/memcached/memcached/blob/master/doc/protocol.txt */
export const MAX_TTL_SECONDS = 30 * 24 * 60 * 60

/** https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped */
export const OPCODE = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  delete: 0x04,
  increment: 0x05,
  stat: 0x10,
  touch: 0x1c,
}
export const STATUS = {
  ok: 0x00,
  notFound: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  notStored: 0x05,
  notANumber: 0x06,
  unknownCommand: 0x81,
  outOfMemory: 0x82,
  busy: 0x85,
  later: 0x86,
}
/** The server works, but refuses to store this entry. */
export const REFUSALS = new Set([STATUS.tooLarge, STATUS.outOfMemory, STATUS.busy, STATUS.later])

/** A whole number that the server itself increases. It expires `ttlSeconds` after it was created. */
export interface Counter {
  readonly key: string
  /** Its first value. */
  readonly initial: number
  readonly ttlSeconds: number
}

/** A store request's extras. Servers don't use the flags, so we say in them when the entry was stored. */
export function flagsAndExpiry(storedAtSeconds: number, ttlSeconds: number): Buffer {
  const extras = Buffer.alloc(8)
  extras.writeUInt32BE(storedAtSeconds)
  extras.writeUInt32BE(ttlSeconds, 4)
  return extras
}

/** The extras of a request to add one to a counter, or to create it. */
export function incrementOf({ initial, ttlSeconds }: Counter): Buffer {
  const extras = Buffer.alloc(20)
  extras.writeBigUInt64BE(1n, 0)
  extras.writeBigUInt64BE(BigInt(initial), 8)
  extras.writeUInt32BE(ttlSeconds, 16)
  return extras
}
