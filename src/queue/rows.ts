import { z } from 'zod'
import type { Change, Snapshot, Write } from './Queue.js'

// The rows that the functions in migrations/ return, and what they mean.

/** Postgres's bigint arrives as a string, a number or a bigint, depending on its driver and size. */
const bigint = z.coerce.number().int().nonnegative()
export const versionRow = z.object({ version: bigint, origin: z.string() })
const page = {
  version: bigint,
  length: bigint,
  items: z.array(z.object({ id: z.number().int().positive(), text: z.string() })),
  origin: z.string(),
}
export const pageRow = z.object(page)
export const laterPageRow = z.object({ preceding: bigint.nullable() })
export const lastPageRow = z.object({ id: bigint.nullable() })
const answer = z.object({
  asked_text: z.string().nullable(),
  item_id: bigint.positive().nullable(),
  item_text: z.string().nullable(),
  version: bigint,
  length: bigint,
})
type Answer = z.output<typeof answer>
export const writeRow = z.object({
  answer: z.object({ ...page, after: bigint, removed_through: bigint, answers: z.array(answer) }),
})

/** What Postgres keeps of a write with a key: the same key with another text is refused. */
export function askedText(write: Write | undefined): string | null {
  return write && 'add' in write ? write.add : null
}

export function toChange({ item_id: id, item_text: text, version, length }: Answer, front: Snapshot): Change {
  return { item: id !== null && text !== null ? { id, text } : null, version, length, front }
}
