import { ask, byId, problemIn } from './requests.js'
import { showAvailability, showChange } from './screen.js'

/** A second press within this time is the other half of a double click, or a key that is held down. */
const ECHO_MS = 400
const REPEAT_MS = { first: 1_000, most: 5_000 }
/** The server knows a key for an hour. */
const GIVE_UP_MS = 50 * 60_000
const MAX_QUOTED = 30
/** What proxies answer in place of a server that they didn't reach, or that didn't answer them. */
const NO_ANSWER_OF_OURS = new Set([502, 503, 504])

const REPEATING = 'No answer yet. Trying again…'
const GIVEN_UP = 'No answer came. Look at the line before you try again: it may have worked all the same.'

/**
 * @typedef {object} Write one add or remove
 * @property {string} address
 * @property {string} [text] what is added
 * @property {string} key with it the write can be repeated, and happens once
 * @property {HTMLElement | undefined} ticket stands at the end of the line until there is an answer
 */

/** In the order in which they were made; the first of them is under way. @type {Write[]} */
const waiting = []
let isSending = false
let repeated = false
let addedAtMs = Number.NEGATIVE_INFINITY
let removedAtMs = Number.NEGATIVE_INFINITY
let attempt = new AbortController()

const field = /** @type {HTMLInputElement} */ (byId('text'))

/** Takes the forms over: each is sent without leaving the page. */
export function takeForms() {
  document.addEventListener('submit', (event) => {
    event.preventDefault()
    const form = /** @type {HTMLFormElement} */ (event.target)
    if (form.contains(field)) addTyped(form)
    else if (form.contains(byId('remove'))) remove(form)
    else addAgain(form)
  })
  const [form] = document.forms
  if (form) form.noValidate = true // or the second half of a double click would complain that the field is empty
  field.addEventListener('input', () => sayProblem(''))
  window.addEventListener('beforeunload', (event) => {
    if (repeated) event.preventDefault()
  })
}

/** Sends at once what waits for its next attempt: the server answers again. */
export function hurry() {
  attempt.abort()
}

/** Whether there is anything here that would be lost with the page. */
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
  const isEcho = text === '' && performance.now() < addedAtMs + ECHO_MS
  field.focus({ preventScroll: true })
  if (isEcho || byId('add').getAttribute('aria-disabled') === 'true' || !form.reportValidity()) return
  addedAtMs = performance.now()
  field.value = ''
  sayProblem('')
  enqueue({ address: form.action, text, key: newKey(), ticket: placeTicket(text) })
}

/** Puts back at the end what a remove took off. @param {HTMLFormElement} form */
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

/** Lets "Remove next" be pressed again, once it has not been for a while. */
function releaseRemove() {
  const leftMs = removedAtMs + ECHO_MS - performance.now()
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

/** Sends a write and shows what it changed, or why it was refused. @param {Write} write */
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
 * Sends a write until there is an answer to it: with its key it happens once all the same.
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
      if (page.getElementById('problem') || !NO_ANSWER_OF_OURS.has(response.status)) {
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
 * A text that was not added goes back into the field. If another one is there by then, it stays in its ticket.
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
 * Makes a ticket that holds what was refused until there is room for it in the field.
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
 * @param {boolean} [isOfField] whether it is what is in the field that is wrong
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

/** `crypto.randomUUID` is missing on `http://192.168…`, and on every other address that isn't secure. */
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
