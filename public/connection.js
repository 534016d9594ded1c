import { byId, say } from './requests.js'
import { load } from './screen.js'

/** The server sends something at least every 15 s. */
const SILENT_MS = 25_000
const FIRST_MESSAGE_MS = 8_000
/** How often the page is loaded while the stream is silent. */
const POLL_MS = { answered: 3_000, unanswered: 1_000 }
/** So no more than two loads wait on a dead connection. */
const POLL_DEADLINE_MS = 2_000

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
/** @type {MessagePort | undefined} */
let port
/** Whether the stream brings messages. */
let live = true
let expectByMs = 0
/** Whether stream.js has not answered since it was last told that the stream is silent. */
let isWorkerSilent = false
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
export function connect(given) {
  listener = given
  postVisibility()
  openStream()
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

/**
 * Opens the stream in a worker that all windows share, or in this window: Chrome on Android has no such workers, and a
 * browser that blocks cookies starts none.
 */
function openStream() {
  try {
    const worker = new SharedWorker(new URL('./stream.js', import.meta.url), { type: 'module' })
    worker.addEventListener('error', openStreamHere)
    listen(worker.port)
  } catch {
    void openStreamHere()
  }
}

async function openStreamHere() {
  const { serve } = await import('./stream.js') // if it fails, the stream is silent, and `markLost` opens it again
  const { port1, port2 } = new MessageChannel()
  serve(port1)
  listen(port2)
}

/** @param {MessagePort} given leads to stream.js */
function listen(given) {
  post('closed') // to the port before
  port = given
  port.onmessage = ({ data }) => {
    isWorkerSilent = false
    if (data.type === 'here') return
    if (data.type === 'lost') markLost()
    else if (data.type === 'paused') listener.onLost()
    else {
      markLive()
      listener.onMessage(data)
    }
  }
  postVisibility()
}

function postVisibility() {
  expectByMs = Date.now() + FIRST_MESSAGE_MS
  post(document.hidden ? 'hidden' : 'seen')
}

/** @param {import('./stream.js').WindowState} state */
function post(state) {
  port?.postMessage(state)
}

function markLive() {
  expectByMs = Date.now() + SILENT_MS
  if (live) return
  live = true
  answered = true
  say(byId('lost'))
  listener.onBack()
}

function markLost() {
  expectByMs = Date.now() + FIRST_MESSAGE_MS
  // A worker ends with the process of the window that started it, if that crashes. No browser tells the others.
  if (isWorkerSilent) openStream()
  isWorkerSilent = true
  post('reopen')
  if (!live) return
  live = false
  say(byId('lost'), LOST)
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
  else say(byId('lost'), isAnswered ? SILENT : LOST)
}
