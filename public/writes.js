import { ask, byId, problemIn } from './requests.js'
import { showAvailability, showChange } from './screen.js'

/** A second press within this time is a double click, or a key that is held down. */
const DOUBLE_PRESS_MS = 400
const REPEAT_MS = { first: 1_000, most: 5_000 }
/** The server knows a key for an hour. */
const GIVE_UP_MS = 50 * 60_000
const MAX_QUOTED = 30
/** What a proxy answers if the server did not answer it. */
const PROXY_STATUSES = new Set([502, 503, 504])

const REPEATING = 'No answer yet. Trying again…'
const GIVEN_UP = 'No answer came. Check the line before you try again: it may have worked.'

/**
 * @typedef {object} Write one add or remove
 * @property {string} address
 * @property {string} [text] what is added
 * @property {string} key with it the write can be repeated and happens once
 * @property {HTMLElement | undefined} ticket stands at the end of the line until there is an answer
 */

/** In the order in which they were made. The first one is being sent. @type {Write[]} */
const waiting = []
let isSending = false
let repeated = false
let addedAtMs = Number.NEGATIVE_INFINITY
let removedAtMs = Number.NEGATIVE_INFINITY
let attempt = new AbortController()

const field = /** @type {HTMLInputElement} */ (byId('text'))

/** Sends the forms without leaving the page. */
export function takeForms() {
  document.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target)
    const handle = handlerOf(form)
    if (!handle) return // the browser sends it
    event.preventDefault()
    handle(form)
  })
  const [form] = document.forms
  if (form) form.noValidate = true // else the second half of a double click would complain about an empty field
  field.addEventListener('input', () => sayProblem(''))
  window.addEventListener('beforeunload', (event) => {
    if (repeated) event.preventDefault()
  })
}

/**
 * What sends this form; undefined if nothing here knows it.
 * @param {HTMLFormElement} form
 */
function handlerOf(form) {
  if (form.contains(field)) return addTyped
  if (form.contains(byId('remove'))) return remove
  return form.elements.namedItem('text') ? addAgain : undefined
}

/** Retries at once, because the server answers again. */
export function hurry() {
  attempt.abort()
}

/** Whether a reload would lose something. */
export function isBusy() {
  return (
    waiting.length > 0 ||
    field.value !== '' ||
    byId('pending').hasChildNodes() ||
    byId('said').hasChildNodes()
  )
}

/** @param {HTMLFormElement} form */
function addTyped(form) {
  const text = field.value
  const isDoublePress = text === '' && performance.now() < addedAtMs + DOUBLE_PRESS_MS
  field.focus({ preventScroll: true })
  if (isDoublePress || byId('add').getAttribute('aria-disabled') === 'true' || !form.reportValidity()) return
  addedAtMs = performance.now()
  field.value = ''
  sayProblem('')
  enqueue({ address: form.action, text, key: newKey(), ticket: placeTicket(text) })
}

/** Adds a removed item again, at the end. @param {HTMLFormElement} form */
function addAgain(form) {
  const text = String(new FormData(form).get('text'))
  byId('said').replaceChildren()
  byId('said').focus({ preventScroll: true })
  enqueue({ address: form.action, text, key: newKey(), ticket: placeTicket(text) })
}

/** @param {HTMLFormElement} form */
function remove(form) {
  removedAtMs = performance.now()
  if (byId('remove').getAttribute('aria-disabled') === 'true') return
  showAvailability(true)
  sayRemoveProblem('')
  enqueue({ address: form.action, key: newKey(), ticket: undefined })
}

/** Enables "Remove next" again once the last press is long enough ago. */
function releaseRemove() {
  const leftMs = removedAtMs + DOUBLE_PRESS_MS - performance.now()
  if (leftMs > 0) setTimeout(releaseRemove, leftMs)
  else showAvailability(false)
}

/** @param {Write} write */
function enqueue(write) {
  waiting.push(write)
  if (!isSending) void sendAll()
}

async function sendAll() {
  isSending = true
  for (let write = waiting[0]; write; write = waiting[0]) {
    await send(write)
    waiting.shift()
  }
  isSending = false
}

/** Sends a write, then shows what it changed or why it was refused. @param {Write} write */
async function send(write) {
  const { problem, page } = await answerTo(write)
  repeated = false
  if (page && !problem) {
    const said = byId('said', page)
    byId('said').replaceChildren(...[...said.childNodes].map((node) => document.importNode(node, true)))
    write.ticket?.remove()
    showChange(page)
  }
  if (write.text !== undefined) {
    if (problem) giveBack(write, problem)
    return
  }
  sayRemoveProblem(problem)
  releaseRemove()
}

/**
 * Sends a write until it is answered. With its key it still happens once.
 *
 * @param {Write} write
 * @returns {Promise<{ problem: string, page?: Document }>} an empty problem if all went well
 */
async function answerTo(write) {
  const giveUpAtMs = Date.now() + GIVE_UP_MS
  for (let waitMs = REPEAT_MS.first; Date.now() < giveUpAtMs; waitMs = Math.min(2 * waitMs, REPEAT_MS.most)) {
    attempt = new AbortController()
    const { signal } = attempt
    try {
      const body = new URLSearchParams(write.text === undefined ? {} : { text: write.text })
      const { response, page } = await ask(write.address, { method: 'POST', body, key: write.key, signal })
      if (response.ok && page.getElementById('said')) return { problem: '', page }
      if (page.getElementById('problem') || !PROXY_STATUSES.has(response.status)) {
        return { problem: problemIn(page, response.status), page }
      }
    } catch {
      // No answer: the write may have happened, or not.
    }
    sayRepeating(write)
    if (!signal.aborted) await wait(waitMs, signal)
  }
  return { problem: GIVEN_UP }
}

/** @param {Write} write */
function sayRepeating({ text }) {
  repeated = true
  const why = navigator.onLine ? REPEATING : 'You are offline. Trying again…'
  if (text === undefined) sayRemoveProblem(why)
  else byId('said').textContent = `“${quote(text)}”: ${why}`
}

/**
 * Puts a refused text back into the field. If the visitor has typed another one meanwhile, it stays in its ticket.
 *
 * @param {Write} write
 * @param {string} problem
 */
function giveBack({ text = '', ticket }, problem) {
  byId('said').replaceChildren()
  if (!ticket || field.value === '') {
    ticket?.remove()
    field.value = text
    sayProblem(problem)
    return
  }
  refuse(ticket, text, problem)
  ticket.scrollIntoView({ block: 'nearest' })
  sayProblem(`Not added: “${quote(text)}”. ${problem}`, false)
}

/**
 * Turns a ticket into one that keeps the refused text until the visitor edits it.
 *
 * @param {HTMLElement} ticket
 * @param {string} text
 * @param {string} problem
 */
function refuse(ticket, text, problem) {
  const why = Object.assign(document.createElement('p'), { textContent: problem })
  const edit = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Edit' })
  edit.addEventListener('click', () => {
    const typed = field.value
    field.value = text
    field.focus()
    if (typed) refuse(ticket, typed, 'Not added yet.')
    else ticket.remove()
  })
  ticket.className = 'refused'
  ticket.replaceChildren(text, why, edit)
}

/** The beginning of a text. @param {string} text */
function quote(text) {
  const characters = [...text]
  return characters.length > MAX_QUOTED ? `${characters.slice(0, MAX_QUOTED).join('')}…` : text
}

/** @param {string} text */
function placeTicket(text) {
  const ticket = Object.assign(document.createElement('li'), { dir: 'auto', textContent: text })
  byId('pending').append(ticket)
  return ticket
}

/**
 * @param {string} problem
 * @param {boolean} [isOfField] whether the problem is with the text in the field
 */
function sayProblem(problem, isOfField = problem !== '') {
  byId('problem').textContent = problem
  if (isOfField) field.setAttribute('aria-invalid', 'true')
  else field.removeAttribute('aria-invalid')
}

/** @param {string} problem */
function sayRemoveProblem(problem) {
  byId('remove-problem').textContent = problem
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
