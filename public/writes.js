import { ask, asksToSignIn, problemIn } from './requests.js'

const REPEAT_MS = { first: 1_000, most: 5_000 }
/** The server knows a key for an hour. */
const GIVE_UP_MS = 50 * 60_000
/**
 * If the server's words are missing, such a status comes from a proxy (502, 504, 520), and the write may have happened.
 */
const MIN_PROXY_STATUS = 500

const REPEATING = 'No answer yet. Trying again…'
const OFFLINE = 'You are offline. Trying again…'
const GIVEN_UP = 'No answer came. Check the line before you try again: it may have worked.'

/**
 * @typedef {object} Write a form as it was when it was sent
 * @property {string} address
 * @property {URLSearchParams} body
 * @property {(why: string) => void} onRepeat
 *
 * @typedef {object} Answer
 * @property {string} problem empty if all went well
 * @property {Document} [page] what the server answered
 */

/** The earlier writes, each of which is sent when the one before it is answered. @type {Promise<unknown>} */
let earlier = Promise.resolve()
let unanswered = 0
let attempt = new AbortController()

/**
 * Sends a form, with what is in it now, when all earlier ones are answered.
 *
 * @param {HTMLFormElement} form
 * @param {(why: string) => void} onRepeat called each time before it is sent again
 * @returns {Promise<Answer>}
 */
export async function send(form, onRepeat) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)])
  const write = { address: form.action, body: new URLSearchParams(fields), onRepeat }
  unanswered++
  const answer = earlier.then(() => answerTo(write))
  earlier = answer
  try {
    return await answer
  } finally {
    unanswered--
  }
}

/** Retries at once, because the server answers again. */
export function hurry() {
  attempt.abort()
}

export function hasUnanswered() {
  return unanswered > 0
}

/**
 * Sends a write until it is answered. With its key it still happens once.
 *
 * @param {Write} write
 * @returns {Promise<Answer>}
 */
async function answerTo({ address, body, onRepeat }) {
  const key = newKey()
  const giveUpAtMs = Date.now() + GIVE_UP_MS
  for (let waitMs = REPEAT_MS.first; Date.now() < giveUpAtMs; waitMs = Math.min(2 * waitMs, REPEAT_MS.most)) {
    attempt = new AbortController()
    const { signal } = attempt
    try {
      const { response, page } = await ask(address, { method: 'POST', body, key, signal })
      if (response.ok && page.getElementById('said')) return { problem: '', page }
      const isAnswer = page.getElementById('problem') || asksToSignIn(response)
      if (isAnswer || response.status < MIN_PROXY_STATUS) return { problem: problemIn(page, response), page }
    } catch {
      // No answer: the write may have happened, or not.
    }
    onRepeat(navigator.onLine ? REPEATING : OFFLINE)
    if (!signal.aborted) await wait(waitMs, signal)
  }
  return { problem: GIVEN_UP }
}

/** `crypto.randomUUID` is missing on addresses that are not secure, such as `http://192.168…`. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal ends it early
 */
function wait(ms, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal.addEventListener('abort', resolve)
  })
}
