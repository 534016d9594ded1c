import { z } from 'zod'
import type { Codec } from '../cache/index.js'
import type { Snapshot } from './Queue.js'

const snapshotSchema = z.object({
  version: z.number().int().positive(),
  origin: z.string(),
  length: z.number().int().nonnegative(),
  items: z.array(z.object({ id: z.number().int().positive(), text: z.string() })),
  next: z.number().int().positive().nullable(),
})

/** Stores the first page as JSON. Each page size has a format of its own. */
export function snapshotCodec(pageSize: number): Codec<Snapshot> {
  return {
    format: `queue/2/${pageSize}`,
    encode: (snapshot) => Buffer.from(JSON.stringify(snapshot)),
    decode(body, { version, origin }) {
      const { data } = snapshotSchema.safeParse(parseJson(body))
      const isAsStamped = data?.version === version && data.origin === origin
      return isAsStamped && data.items.length <= pageSize ? data : undefined
    },
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined // not an entry of ours
  }
}
