const TYPES = ['queue', 'current', 'release', 'beat']
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000

/**
 * @typedef {{ type: string, data?: any }} Message
 *   `queue` {version, length}, `current` {current}, `release` {assets}, `beat`: as the server sends them;
 *   `lost`: the stream broke; `paused`: no window is visible, so the stream is closed
 * @typedef {'seen' | 'hidden' | 'closed' | 'reopen' | 'answering'} WindowState what a window tells this script: that it
 *   is visible, is not, is left; that the stream is silent; that the server answers again
 */

/**
 * The stream of `/events`, one for all windows of a browser, because HTTP/1.1 allows a browser six connections to a
 * server. This script runs in a SharedWorker. A browser without those runs it in each window, and shows only one.
 *
 * @type {EventSource | undefined}
 */
let source
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
let failures = 0
let openedAtMs = 0

/** @type {Set<MessagePort>} */
const windows = new Set()
/** The visible ones. @type {Set<MessagePort>} */
const seen = new Set()
/** The newest message of each type, for a window that opens later. @type {Map<string, Message>} */
const latest = new Map()

Object.assign(globalThis, {
  onconnect: (/** @type {MessageEvent} */ { ports: [port] }) => port && serve(port),
})

/** @param {MessagePort} port of a window */
export function serve(port) {
  windows.add(port)
  port.onmessage = ({ data }) => follow(port, data)
}

/**
 * @param {MessagePort} port
 * @param {WindowState} state
 */
function follow(port, state) {
  if (state === 'seen') {
    windows.add(port) // again, if the visitor comes back to it
    const isNew = !seen.has(port)
    seen.add(port)
    if (isNew && seen.size === 1) open()
    else for (const message of latest.values()) port.postMessage(message)
  } else if (state === 'reopen') {
    port.postMessage({ type: 'here' })
    reopen()
  } else if (state === 'answering') {
    failures = 0
    if (!latest.size) open()
  } else {
    seen.delete(port)
    if (state === 'closed') windows.delete(port)
    if (seen.size > 0) return
    close()
    post({ type: 'paused' })
  }
}

function open() {
  close()
  openedAtMs = Date.now()
  source = new EventSource('/events')
  for (const type of TYPES) source.addEventListener(type, relay)
  // A browser reconnects by itself after some faults, and never after others (a 503), so it is done here for all.
  source.addEventListener('error', () => {
    close()
    post({ type: 'lost' })
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

/** Replaces a silent stream, which may be dead, unless it is too young for a slow server to have answered. */
function reopen() {
  if (!seen.size || Date.now() - openedAtMs < 2 * retryMs()) return
  open()
  failures++
}

function retryMs() {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS)
}

/** @param {MessageEvent} event */
function relay({ type, data }) {
  failures = 0
  const message = { type, data: data ? JSON.parse(data) : undefined }
  latest.set(type, message)
  post(message)
}

/** @param {Message} message */
function post(message) {
  for (const port of windows) port.postMessage(message)
}
