import { byId } from './requests.js'
import { load } from './screen.js'

/** The server sends something at least every 15 s. */
const SILENT_MS = 25_000
const FIRST_MESSAGE_MS = 8_000
/** How often the page is loaded while the stream is silent. */
const POLL_MS = { answered: 3_000, unanswered: 1_000 }
/** So no more than two loads wait on a dead connection. */
const POLL_DEADLINE_MS = 2_000
const WORKER_RETRY_MS = 2_000

const LOST = 'The connection is lost, so this may be out of date. Trying again…'
const SILENT = 'Live updates don’t get through. This page checks for changes every few seconds.'

/**
 * @typedef {object} Listener
 * @property {(message: import('./stream.js').Message) => void} onMessage
 * @property {() => void} onLost the stream is silent
 * @property {() => void} onBack the server answers again
 */

/** @type {Listener} */
let listener
/** @type {MessagePort} */
let port
/** Whether the stream brings messages. */
let live = true
let expectByMs = 0
let polls = 0
let latestPoll = 0
/** Whether the latest poll was answered. */
let answered = true
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

/**
 * Listens to the queue's changes while the page is visible. If nothing comes for too long (a connection that died
 * silently, a laptop that slept, a proxy that buffers the stream), the page says so and polls until the stream works.
 *
 * @param {Listener} given
 */
export async function connect(given) {
  listener = given
  await openStream()
  // An interval with the clock, because a timer for 25 s stops while the laptop sleeps.
  setInterval(() => {
    if (!document.hidden && Date.now() > expectByMs) markLost()
  }, 1_000)
  document.addEventListener('visibilitychange', postVisibility)
  window.addEventListener('pageshow', postVisibility)
  window.addEventListener('pagehide', () => post('closed'))
  window.addEventListener('offline', markLost)
  window.addEventListener('online', () => post('answering'))
}

async function openStream() {
  port = await openPort()
  port.onmessage = ({ data }) => {
    if (data.type === 'lost') markLost()
    else if (data.type === 'paused') listener.onLost()
    else {
      markLive()
      listener.onMessage(data)
    }
  }
  postVisibility()
}

/** @returns {Promise<MessagePort>} to stream.js, in a worker that all windows share, or in this window */
async function openPort() {
  try {
    const worker = new SharedWorker(new URL('./stream.js', import.meta.url), { type: 'module' })
    // Its script did not come, because the server was down at that moment.
    worker.addEventListener('error', () => setTimeout(openStream, WORKER_RETRY_MS))
    return worker.port
  } catch {
    const { serve } = await import('./stream.js') // Chrome on Android has no shared workers
    const { port1, port2 } = new MessageChannel()
    serve(port1)
    return port2
  }
}

function postVisibility() {
  expectByMs = Date.now() + FIRST_MESSAGE_MS
  post(document.hidden ? 'hidden' : 'seen')
}

/** @param {import('./stream.js').WindowState} state */
function post(state) {
  port.postMessage(state)
}

function markLive() {
  expectByMs = Date.now() + SILENT_MS
  if (live) return
  live = true
  answered = true
  byId('lost').textContent = ''
  listener.onBack()
}

function markLost() {
  expectByMs = Date.now() + FIRST_MESSAGE_MS
  post('reopen')
  if (!live) return
  live = false
  byId('lost').textContent = LOST
  listener.onLost()
  void poll()
}

/** Polls until the stream works. A poll that hangs does not delay the next one. */
async function poll() {
  clearTimeout(timer)
  if (live) return
  timer = setTimeout(poll, answered ? POLL_MS.answered : POLL_MS.unanswered)
  if (document.hidden) return
  const number = ++polls
  const isAnswered = await load(POLL_DEADLINE_MS)
  if (live || number < latestPoll) return
  latestPoll = number
  const isBack = isAnswered && !answered
  answered = isAnswered
  post(isBack ? 'answering' : 'reopen')
  if (isBack) listener.onBack()
  byId('lost').textContent = isAnswered ? SILENT : LOST
}
