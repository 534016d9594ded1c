const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000

/**
 * @typedef {object} Listener
 * @property {(version: number) => void} onVersion the queue has come to this version
 * @property {(current: boolean) => void} onCurrent Postgres was lost or regained; also said first of all
 * @property {(connected: boolean) => void} onConnected the stream was lost or regained
 */

/**
 * Listens to the queue's changes for as long as somebody may see the page. A browser has only six connections to a
 * server for all its windows, so that of a hidden one is given back; once seen again it catches up at once.
 *
 * @param {Listener} listener
 */
export function listen(listener) {
  /** @type {EventSource | undefined} */
  let source
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let failures = 0

  function open() {
    close()
    if (document.hidden) return
    source = new EventSource('/events')
    source.addEventListener('queue', (event) => listener.onVersion(Number(event.lastEventId)))
    source.addEventListener('current', (event) => listener.onCurrent(JSON.parse(event.data).current))
    source.addEventListener('open', () => {
      failures = 0
      listener.onConnected(true)
    })
    // The browser comes back by itself after some faults, and never after others (a 503): so it is done here for all.
    source.addEventListener('error', () => {
      close()
      listener.onConnected(false)
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS)
      timer = setTimeout(open, retryMs * (0.5 + Math.random() / 2))
    })
  }

  function close() {
    clearTimeout(timer)
    source?.close()
    source = undefined
  }

  document.addEventListener('visibilitychange', open)
  window.addEventListener('online', open)
  window.addEventListener('offline', () => listener.onConnected(false))
  window.addEventListener('pagehide', close)
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) open()
  })
  open()
}
