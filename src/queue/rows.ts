import type { Row } from '../db/Database.js'
import { DatabaseUnavailable } from '../db/errors.js'
import {
  type Guard,
  isId,
  isItems,
  isListOf,
  isOrNull,
  isRecord,
  isText,
  isWholeNumber,
  plainItems,
} from './typeGuards.js'

// The rows that the functions in migrations/ return, and what they mean. Each `read…` throws a TypeError if the row is
// missing or a field has another type.

const isTextOrNull = isOrNull(isText)

/**
 * @throws DatabaseUnavailable if the queue has no row: somebody is just restoring it, or row-level security hides it from
 *   this role
 */
export function readVersion(row?: Row) {
  if (!row || row.version === null)
    throw new DatabaseUnavailable('The table "queue" has no row that this role sees')
  return { version: bigint(row, 'version'), origin: field(row, 'origin', isText) }
}

export function readPage(row: Row = {}) {
  return {
    ...readVersion(row),
    length: bigint(row, 'length'),
    items: plainItems(field(row, 'items', isItems)),
  }
}

export function readPreceding(row: Row = {}): number | null {
  return bigintOrNull(row, 'preceding')
}

export function readLastPage(row: Row = {}): number | null {
  return bigintOrNull(row, 'id')
}

export function readWrites(row: Row = {}) {
  const answer = field(row, 'answer', isRecord)
  return {
    ...readPage(answer),
    after: bigint(answer, 'after'),
    removedThrough: bigint(answer, 'removed_through'),
    answers: field(answer, 'answers', isListOf(isRecord)).map(readAnswer),
  }
}

function readAnswer(answer: Row) {
  const id = idOrNull(answer, 'item_id')
  const text = field(answer, 'item_text', isTextOrNull)
  return {
    askedText: field(answer, 'asked_text', isTextOrNull),
    item: id !== null && text !== null ? { id, text } : null,
    version: bigint(answer, 'version'),
    length: bigint(answer, 'length'),
  }
}

function field<Value>(row: Row, name: string, isRight: Guard<Value>): Value {
  const value = row[name]
  if (isRight(value)) return value
  throw unusable(name)
}

/** Postgres's bigint arrives as a string, a number or a bigint, depending on its driver and size. */
function bigint(row: Row, name: string): number {
  const value = row[name]
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value
  if (isWholeNumber(number)) return number
  throw unusable(name)
}

function unusable(name: string): TypeError {
  return new TypeError(`Postgres returned no usable "${name}"`)
}

function bigintOrNull(row: Row, name: string): number | null {
  return row[name] === null ? null : bigint(row, name)
}

function idOrNull(row: Row, name: string): number | null {
  const id = bigintOrNull(row, name)
  if (id === null || isId(id)) return id
  throw unusable(name)
}
