import { byId } from './requests.js'
import { hasUnanswered } from './writes.js'

/** More changes at once than a listener would want to hear. */
const MAX_NEWS = 3
/** On a busy line a listener would otherwise hear nothing else. */
const PAUSE_MS = 5_000

/** The items that a listener knows of: those on the screen at the last announcement. */
let known = itemTexts()
let knownLength = byId('length').textContent
let hasNews = false
let isPausing = false

/**
 * Announces to screen readers what changed: the first change at once, later ones together after a pause. While an own
 * write waits for its answer, which says the same, there is a pause first.
 */
export function announceChanges() {
  hasNews = true
  if (isPausing) return
  if (hasUnanswered()) pause()
  else announce()
}

/** Leaves out a change that the visitor made and has been told of. @param {string} id of the item's element */
export function takeAsKnown(id) {
  const text = itemTexts().get(id)
  if (text === undefined) {
    known.delete(id)
  } else {
    known.set(id, text)
    knownLength = byId('length').textContent
  }
}

/** The texts of the items on the screen, by their element's id. */
export function itemTexts() {
  return new Map([...byId('queue').children].map((item) => [item.id, item.textContent ?? '']))
}

function pause() {
  isPausing = true
  setTimeout(announce, PAUSE_MS)
}

function announce() {
  isPausing = false
  if (!hasNews) return
  hasNews = false
  const now = itemTexts()
  const length = byId('length').textContent
  const changes = [
    ...[...known].filter(([id]) => !now.has(id)).map(([, text]) => `Taken off: ${text}.`),
    ...[...now].filter(([id]) => !known.has(id)).map(([, text]) => `Added: ${text}.`),
  ]
  if (changes.length === 0 && length === knownLength) return
  pause()
  known = now
  knownLength = length
  const told = changes.length > MAX_NEWS ? [] : changes
  byId('news').textContent = [...told, length].join(' ')
}
