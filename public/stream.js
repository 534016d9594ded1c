const TYPES = ['queue', 'current', 'release', 'beat']
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000

/**
 * @typedef {{ type: string, data?: any }} Message
 *   `queue` {version, length}, `current` {current}, `release` {assets}, `beat`: as the server sends them;
 *   `lost`: the stream broke; `paused`: nobody looks, so nobody listens
 * @typedef {'seen' | 'hidden' | 'closed' | 'reopen' | 'answering'} Wish what a window tells this script
 */

/**
 * The stream of `/events`, one for all windows of a browser: HTTP/1.1 has six connections to a server for all of
 * them. It runs in a SharedWorker; a browser without those runs it in each window, and has only one in sight.
 */
/** @type {EventSource | undefined} */
let source
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
let failures = 0
let openedAtMs = 0

/** @type {Set<MessagePort>} */
const windows = new Set()
/** Those that somebody may see. @type {Set<MessagePort>} */
const seen = new Set()
/** The newest message of each type, for a window that comes later. @type {Map<string, Message>} */
const latest = new Map()

Object.assign(globalThis, {
  onconnect: (/** @type {MessageEvent} */ { ports: [port] }) => port && serve(port),
})

/** @param {MessagePort} port of a window */
export function serve(port) {
  windows.add(port)
  port.onmessage = ({ data }) => obey(port, data)
}

/**
 * @param {MessagePort} port
 * @param {Wish} wish
 */
function obey(port, wish) {
  if (wish === 'seen') {
    windows.add(port) // again, if the visitor comes back to it
    const isNew = !seen.has(port)
    seen.add(port)
    if (isNew && seen.size === 1) open()
    else for (const message of latest.values()) port.postMessage(message)
  } else if (wish === 'reopen') reopen()
  else if (wish === 'answering') {
    failures = 0
    if (!latest.size) open()
  } else {
    seen.delete(port)
    if (wish === 'closed') windows.delete(port)
    if (seen.size > 0) return
    close()
    tell({ type: 'paused' })
  }
}

function open() {
  close()
  openedAtMs = Date.now()
  source = new EventSource('/events')
  for (const type of TYPES) source.addEventListener(type, hear)
  // The browser comes back by itself after some faults, and never after others (a 503): so it is done here for all.
  source.addEventListener('error', () => {
    close()
    tell({ type: 'lost' })
    timer = setTimeout(open, retryMs() * (0.5 + Math.random() / 2))
    failures++
  })
}

function close() {
  clearTimeout(timer)
  source?.close()
  source = undefined
  latest.clear()
}

/** A line that is silent may be dead: a new one, unless this one is younger than a slow server needs. */
function reopen() {
  if (!seen.size || Date.now() - openedAtMs < 2 * retryMs()) return
  open()
  failures++
}

function retryMs() {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS)
}

/** @param {MessageEvent} event */
function hear({ type, data }) {
  failures = 0
  const message = { type, data: data ? JSON.parse(data) : undefined }
  latest.set(type, message)
  tell(message)
}

/** @param {Message} message */
function tell(message) {
  for (const port of windows) port.postMessage(message)
}
