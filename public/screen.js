import { morph } from './morph.js'

/** What follows the queue as it changes. What the visitor types, and what was said to them, is none of it. */
const LIVE_PARTS = ['notice', 'hint', 'add', 'length', 'remove', 'queue', 'below']
const ASK_AGAIN_MS = 250
const LONGEST_WAIT_MS = 10_000
const ANSWER_DEADLINE_MS = 10_000
/** More changes at once than anybody would listen to. */
const MOST_NEWS = 3

/** Where this page comes from; what a refused form left on the screen is the front page all the same. */
const ADDRESS = location.pathname === '/' ? location.pathname + location.search : '/'

/** The version on the screen, and the oldest that may still come there: own writes and news of others raise it. */
let shown = versionOf(document)
let awaited = shown
let wanted = false
let refreshing = false

/** @param {number} version that the screen should get to */
export function expectVersion(version) {
  awaited = Math.max(awaited, version)
  if (awaited > shown) void refresh()
}

/** @param {boolean} current whether Postgres can be reached, which the page should say */
export function expectCurrent(current) {
  if (byId('notice').dataset.current !== String(current)) void refresh()
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
    waitMs = isBehind ? Math.min(waitMs * 2, LONGEST_WAIT_MS) : ASK_AGAIN_MS
    wanted ||= isBehind
  }
  refreshing = false
}

/** @returns whether an answer came that could be shown */
async function load() {
  try {
    const response = await ask(ADDRESS)
    const fresh = parse(await response.text())
    const isPage = response.ok && fresh.getElementById('queue') !== null
    if (isPage) show(fresh, response)
    else byId('notice').textContent = problemIn(fresh, response.status)
    return isPage
  } catch {
    return false // no answer: the stream has noticed that too, and said so
  }
}

/**
 * A request whose answer is meant for this script.
 *
 * @param {string} address
 * @param {RequestInit} [options]
 */
export function ask(address, options) {
  const headers = { Accept: 'text/html', 'HX-Request': 'true' }
  return fetch(address, { ...options, headers, signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) })
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
    return
  }
  const before = items()
  const hadNews = version > shown
  for (const id of LIVE_PARTS) morph(byId(id), byId(id, fresh))
  shown = version
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
  byId('news').textContent = [...(news.length > MOST_NEWS ? [] : news), byId('length').textContent].join(' ')
}

/** The texts of the items on the screen, by their element's id. */
function items() {
  return new Map([...byId('queue').children].map((item) => [item.id, item.textContent ?? '']))
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
  const timing = navigation.serverTiming.find(({ name }) => name === 'queue')
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

/** @param {string} html */
export function parse(html) {
  return new DOMParser().parseFromString(html, 'text/html')
}

/**
 * What is wrong, in the server's words; or in ours, where the answer came from something in between.
 *
 * @param {Document} answer
 * @param {number} status
 */
export function problemIn(answer, status) {
  const told = answer.getElementById('problem')?.textContent
  return told || `That did not work (${status}). Please try again in a moment.`
}

/** @param {Document} of */
export function versionOf(of) {
  return Number(byId('length', of).dataset.version)
}

/**
 * @param {string} id
 * @param {Document} within
 */
export function byId(id, within = document) {
  const element = within.getElementById(id)
  if (!element) throw new Error(`The page has no #${id}`)
  return element
}
