import type { Item } from './Queue.js'

// What comes from Postgres or from the cache is unknown until one of these has looked at it.

export type Guard<Value> = (value: unknown) => value is Value

export const isText = (value: unknown) => typeof value === 'string'

/** 0 or more. */
export function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** 1 or more. */
export function isId(value: unknown): value is number {
  return isWholeNumber(value) && value > 0
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

export function isListOf<Element>(isElement: Guard<Element>): Guard<readonly Element[]> {
  return (value) => Array.isArray(value) && value.every(isElement)
}

export function isOrNull<Value>(isValue: Guard<Value>): Guard<Value | null> {
  return (value) => value === null || isValue(value)
}

export const isItems = isListOf(
  (value): value is Item => isRecord(value) && isId(value.id) && isText(value.text),
)

/** With the known fields alone: what else stood there goes no further. */
export function plainItems(items: readonly Item[]): Item[] {
  return items.map(({ id, text }) => ({ id, text }))
}
