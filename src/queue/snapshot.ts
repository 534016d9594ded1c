import type { Snapshot } from './Queue.js'

/** @param page may have one more item than are shown, which tells that there is a next page */
export function asSnapshot(page: Omit<Snapshot, 'next'>, pageSize: number): Snapshot {
  const { version, length, items, origin } = page
  const shown = items.slice(0, pageSize)
  const next = items.length > shown.length ? (shown.at(-1)?.id ?? null) : null
  return { version, origin, length, items: shown, next }
}

/** @param preceding how many items stand before the page; null if they are too many to count */
export function withPlace(page: Snapshot, preceding: number | null): Snapshot {
  if (preceding !== null) return { ...page, firstPlace: preceding + 1 }
  return page.next === null ? { ...page, firstPlace: page.length - page.items.length + 1 } : page
}
