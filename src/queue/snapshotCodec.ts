import type { Codec } from '../cache/index.js'
import type { Snapshot } from './Queue.js'
import { isId, isItems, isOrNull, isRecord, isText, isWholeNumber, plainItems } from './typeGuards.js'

/** Stores the first page as JSON. Each page size has a format of its own. */
export function snapshotCodec(pageSize: number): Codec<Snapshot> {
  return {
    format: `queue/2/${pageSize}`,
    encode: (snapshot) => Buffer.from(JSON.stringify(snapshot)),
    decode(body, { version, origin }) {
      const value = parseJson(body)
      if (!isSnapshot(value)) return undefined
      const isAsStamped = value.version === version && value.origin === origin
      const { length, items, next } = value
      if (!isAsStamped || items.length > pageSize) return undefined
      return { version, origin, length, items: plainItems(items), next }
    },
  }
}

function isSnapshot(value: unknown): value is Snapshot {
  return (
    isRecord(value) &&
    isId(value.version) &&
    isText(value.origin) &&
    isWholeNumber(value.length) &&
    isItems(value.items) &&
    isNext(value.next)
  )
}

const isNext = isOrNull(isId)

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined // not an entry of ours
  }
}
