import { byId } from './requests.js'
import { load } from './screen.js'

/** The server says something every 20 s. */
const SILENT_MS = 25_000
const FIRST_WORD_MS = 8_000
const LOOK_MS = { answered: 3_000, unanswered: 1_000 }
/** With this, no more than two looks hang on a dead line at a time. */
const LOOK_DEADLINE_MS = 2_000

const LOST = 'The connection is lost, so this may be out of date. Trying again…'
const SILENT = 'Live updates don’t get through. This page looks for itself every few seconds.'

/**
 * @typedef {object} Listener
 * @property {(message: import('./stream.js').Message) => void} onMessage
 * @property {() => void} onLost nothing is heard any more
 * @property {() => void} onBack the server answers again
 */

/** @type {Listener} */
let listener
/** @type {MessagePort} */
let port
/** Whether the stream is heard. */
let live = true
let expectByMs = 0
let looks = 0
let latestLook = 0
/** Whether the latest look was answered. */
let answered = true
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

/**
 * Listens to the queue's changes while somebody may see the page. If it hears nothing for too long (a line that died
 * silently, a laptop that slept, a proxy that holds the stream back) it says so, and looks for itself until it does.
 *
 * @param {Listener} given
 */
export async function connect(given) {
  listener = given
  port = await openPort()
  port.onmessage = ({ data }) => {
    if (data.type === 'lost') doubt()
    else if (data.type === 'paused') listener.onLost()
    else {
      hear()
      listener.onMessage(data)
    }
  }
  // An interval, because a timer for 25 s would not notice that the laptop slept.
  setInterval(() => {
    if (!document.hidden && Date.now() > expectByMs) doubt()
  }, 1_000)
  document.addEventListener('visibilitychange', tellVisibility)
  window.addEventListener('pageshow', tellVisibility)
  window.addEventListener('pagehide', () => tell('closed'))
  window.addEventListener('offline', doubt)
  window.addEventListener('online', () => tell('answering'))
  tellVisibility()
}

/** @returns {Promise<MessagePort>} to stream.js: in a worker for all windows, or else in this one */
async function openPort() {
  try {
    return new SharedWorker(new URL('./stream.js', import.meta.url), { type: 'module' }).port
  } catch {
    const { serve } = await import('./stream.js') // Chrome on Android has no shared workers
    const { port1, port2 } = new MessageChannel()
    serve(port1)
    return port2
  }
}

function tellVisibility() {
  expectByMs = Date.now() + FIRST_WORD_MS
  tell(document.hidden ? 'hidden' : 'seen')
}

/** @param {import('./stream.js').Wish} wish */
function tell(wish) {
  port.postMessage(wish)
}

function hear() {
  expectByMs = Date.now() + SILENT_MS
  if (live) return
  live = true
  answered = true
  byId('lost').textContent = ''
  listener.onBack()
}

function doubt() {
  expectByMs = Date.now() + FIRST_WORD_MS
  tell('reopen')
  if (!live) return
  live = false
  byId('lost').textContent = LOST
  listener.onLost()
  void look()
}

/** Looks again and again until the stream is heard. A look that hangs doesn't hold up the next one. */
async function look() {
  clearTimeout(timer)
  if (live) return
  timer = setTimeout(look, answered ? LOOK_MS.answered : LOOK_MS.unanswered)
  if (document.hidden) return
  const number = ++looks
  const isAnswered = await load(LOOK_DEADLINE_MS)
  if (live || number < latestLook) return
  latestLook = number
  const isBack = isAnswered && !answered
  answered = isAnswered
  tell(isBack ? 'answering' : 'reopen')
  if (isBack) listener.onBack()
  byId('lost').textContent = isAnswered ? SILENT : LOST
}
