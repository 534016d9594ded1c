import { keepingPlace, morph } from './morph.js'
import { announceChanges, itemTexts, takeAsKnown } from './news.js'
import { ask, byId, problemIn, say } from './requests.js'

/** The parts that change with the queue. The field and the notices to the visitor are not among them. */
const LIVE_PARTS = ['notice', 'hint', 'length', 'queue', 'below']
const ASK_AGAIN_MS = 250
const MAX_WAIT_MS = 10_000

// After a refused form the address is `/add`, but this is the front page. A reload would send the form again.
if (location.pathname !== '/') history.replaceState(null, '', '/')
const ADDRESS = location.pathname + location.search

/** The version on the screen, and the oldest one that may replace it: own writes and events raise that. */
let shown = versionOf(document)
let awaited = shown
let wanted = false
let refreshing = false
/** Buttons that have just been pressed. @type {Set<Element>} */
const held = new Set()

/** @param {number} version the screen should show this version or a newer one */
export function expectVersion(version) {
  awaited = Math.max(awaited, version)
  // A window in the background catches up when it is looked at.
  if (awaited > shown && !document.hidden) void refresh()
}

/** @param {boolean} current whether Postgres can be reached; the page should show that */
export function expectCurrent(current) {
  if (isCurrent() !== current && !document.hidden) void refresh()
}

/** Brings the screen up to date. Calls made while it runs share one more run. */
export async function refresh() {
  wanted = true
  if (refreshing) return
  refreshing = true
  let waitMs = ASK_AGAIN_MS
  while (wanted) {
    wanted = false
    const isBehind = !(await load()) || shown < awaited
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    waitMs = isBehind ? Math.min(waitMs * 2, MAX_WAIT_MS) : ASK_AGAIN_MS
    wanted ||= isBehind
  }
  refreshing = false
}

/** @param {number} [deadlineMs] @returns whether an answer came that could be shown */
export async function load(deadlineMs) {
  try {
    const { response, page } = await ask(ADDRESS, { ...(deadlineMs && { deadlineMs }) })
    // The last element of the page: an answer that was cut off on its way lacks it.
    const isPage = response.ok && page.getElementById('origin') !== null
    if (isPage) show(page, response)
    else say(byId('notice'), problemIn(page, response))
    return isPage
  } catch {
    return false // no answer: connection.js notices that too, and tells the visitor
  }
}

/**
 * @param {Document} fresh
 * @param {Response} response
 */
function show(fresh, response) {
  const version = versionOf(fresh)
  // A slow answer may be older than that of an own write, which has changed the screen already.
  if (version < Math.max(shown, awaited)) {
    morph(byId('notice'), byId('notice', fresh))
    showAvailability()
    return
  }
  const before = itemTexts()
  const hasChanged = version > shown
  keepingPlace(() => {
    for (const id of LIVE_PARTS) morph(byId(id), byId(id, fresh))
  })
  shown = version
  showAvailability()
  showLengthInTitle()
  if (hasChanged) {
    for (const id of itemTexts().keys()) if (!before.has(id)) byId(id).classList.add('new')
    announceChanges()
  }
  showOrigin(response.headers.get('Server-Timing') ?? '')
}

/**
 * Shows what a write changed at once. The whole page follows.
 *
 * @param {Document} answer
 */
export function showChange(answer) {
  const added = answer.querySelector('li')
  const removed = byId('said', answer).dataset.item
  if (versionOf(answer) > versionOf(document)) {
    byId('length').replaceWith(byId('length', answer).cloneNode(true))
    if (added && !document.getElementById(added.id) && !document.querySelector('[rel=next]')) {
      byId('queue').append(added)
    }
    if (removed) keepingPlace(() => document.getElementById(removed)?.remove())
    showLengthInTitle()
    expectVersion(versionOf(answer))
  }
  const changed = added?.id ?? removed
  if (changed) takeAsKnown(changed) // else the page's answer and the news would both say it
}

/** Disables a button until it is released. @param {Element} button */
export function hold(button) {
  held.add(button)
  showAvailability()
}

/** @param {Element} button */
export function release(button) {
  held.delete(button)
  showAvailability()
}

/** Buttons are never `disabled`, because that would take the focus away from them. */
function showAvailability() {
  for (const button of document.querySelectorAll('button[aria-disabled]')) {
    button.setAttribute('aria-disabled', String(!isCurrent() || held.has(button)))
  }
}

/** @param {string} [length] from an event; `0`: not known */
export function showLengthInTitle(length = byId('length').dataset.length) {
  const title = document.title.replace(/^\([\d,]+\) /, '')
  document.title = Number(length) > 0 ? `(${Number(length).toLocaleString('en')}) ${title}` : title
}

/** Says when this was the queue, for print. */
export function sayWhen() {
  byId('when').textContent =
    `As it was on ${new Date().toLocaleString('en', { dateStyle: 'long', timeStyle: 'short' })}.`
}

/** Says where the page came from. @param {string} serverTiming `queue;desc="memcache";dur=0.42` */
function showOrigin(serverTiming) {
  const [, from, ms] = /queue;desc="([^"]+)";dur=([\d.]+)/.exec(serverTiming) ?? []
  if (from && ms) sayOrigin(from, Number(ms))
}

/** Says where the page came from when it was first loaded. */
export function showFirstOrigin() {
  const [navigation] = performance.getEntriesByType('navigation')
  if (!(navigation instanceof PerformanceNavigationTiming)) return
  const timing = navigation.serverTiming?.find(({ name }) => name === 'queue') // WebKit before 16.4 has none
  if (timing) sayOrigin(timing.description, timing.duration)
}

/**
 * @param {string} from
 * @param {number} ms
 */
function sayOrigin(from, ms) {
  const time = ms < 1 ? ms.toPrecision(1) : ms.toFixed(0)
  byId('origin').textContent = `This page: from ${from === 'postgres' ? 'Postgres' : from}, ${time} ms`
}

/** @param {Document} of */
function versionOf(of) {
  return Number(byId('length', of).dataset.version)
}

function isCurrent() {
  return byId('notice').dataset.current === 'true'
}
