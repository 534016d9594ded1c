import { keepingPlace, morph } from './morph.js'
import { ask, byId, problemIn } from './requests.js'

/** What follows the queue as it changes. What the visitor types, and what was said to them, is none of it. */
const LIVE_PARTS = ['notice', 'hint', 'length', 'queue', 'below']
const ASK_AGAIN_MS = 250
const MAX_WAIT_MS = 10_000
/** More changes at once than anybody would listen to. */
const MAX_NEWS = 3

/** Where this page comes from; what a refused form left on the screen is the front page all the same. */
const ADDRESS = location.pathname === '/' ? location.pathname + location.search : '/'

/** The version on the screen, and the oldest that may still come there: own writes and news of others raise it. */
let shown = versionOf(document)
let awaited = shown
let wanted = false
let refreshing = false
let removeIsHeld = false

/** @param {number} version that the screen should get to */
export function expectVersion(version) {
  awaited = Math.max(awaited, version)
  // A window in the background catches up when it is looked at.
  if (awaited > shown && !document.hidden) void refresh()
}

/** @param {boolean} current whether Postgres can be reached, which the page should say */
export function expectCurrent(current) {
  if (isCurrent() !== current && !document.hidden) void refresh()
}

/** Brings the screen up to date. Asked for many times it runs once, and once more for those who asked meanwhile. */
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
    const isPage = response.ok && page.getElementById('queue') !== null
    if (isPage) show(page, response)
    else byId('notice').textContent = problemIn(page, response.status)
    return isPage
  } catch {
    return false // no answer: connection.js notices that too, and says so
  }
}

/**
 * @param {Document} fresh
 * @param {Response} response
 */
function show(fresh, response) {
  const version = versionOf(fresh)
  // A slower answer may be older than one of an own write, which has changed the screen already.
  if (version < Math.max(shown, awaited)) {
    morph(byId('notice'), byId('notice', fresh))
    showAvailability()
    return
  }
  const before = items()
  const hadNews = version > shown
  keepingPlace(() => {
    for (const id of LIVE_PARTS) morph(byId(id), byId(id, fresh))
  })
  shown = version
  showAvailability()
  sayLength()
  if (hadNews) tellNews(before)
  showOrigin(response.headers.get('Server-Timing') ?? '')
}

/** For those who don't see the screen. @param {Map<string, string>} before */
function tellNews(before) {
  const now = items()
  const gone = [...before].filter(([id]) => !now.has(id)).map(([, text]) => `Taken off: ${text}.`)
  const come = [...now].filter(([id]) => !before.has(id))
  for (const [id] of come) byId(id).classList.add('new')
  const news = [...gone, ...come.map(([, text]) => `Added: ${text}.`)]
  byId('news').textContent = [...(news.length > MAX_NEWS ? [] : news), byId('length').textContent].join(' ')
}

/** The texts of the items on the screen, by their element's id. */
function items() {
  return new Map([...byId('queue').children].map((item) => [item.id, item.textContent ?? '']))
}

/**
 * What the answer to a write says is shown at once; the page as it then is follows.
 *
 * @param {Document} answer
 */
export function showChange(answer) {
  if (versionOf(answer) <= versionOf(document)) return // the screen is newer than that
  byId('length').replaceWith(byId('length', answer).cloneNode(true))
  const added = answer.querySelector('li')
  if (added && !document.getElementById(added.id) && !document.querySelector('[rel=next]')) {
    byId('queue').append(added)
  }
  const removed = byId('said', answer).dataset.item
  if (removed) keepingPlace(() => document.getElementById(removed)?.remove())
  sayLength()
  expectVersion(versionOf(answer))
}

/**
 * The buttons are never `disabled`, for that would take the focus away from them.
 *
 * @param {boolean} [holdRemove] whether "Remove next" has just been pressed
 */
export function showAvailability(holdRemove = removeIsHeld) {
  removeIsHeld = holdRemove
  byId('add').setAttribute('aria-disabled', String(!isCurrent()))
  byId('remove').setAttribute('aria-disabled', String(!isCurrent() || removeIsHeld))
}

/** Puts the queue's length into the title. @param {string} [length] as the server's news have it; 0: it isn't known */
export function sayLength(length = byId('length').dataset.length) {
  const title = document.title.replace(/^\([\d,]+\) /, '')
  document.title = Number(length) > 0 ? `(${Number(length).toLocaleString('en')}) ${title}` : title
}

/** Says when this was the line, for the page on paper. */
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
