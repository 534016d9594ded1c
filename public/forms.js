import { byId, say } from './requests.js'
import { hold, release, showChange } from './screen.js'
import { beginningOf, placeTicket, refuse } from './tickets.js'
import { hasUnanswered, send } from './writes.js'

/** A second press within this time is a double click. */
const DOUBLE_PRESS_MS = 400

let addedAtMs = Number.NEGATIVE_INFINITY
/** When each button was last pressed. @type {WeakMap<Element, number>} */
const pressedAtMs = new WeakMap()

const field = /** @type {HTMLInputElement} */ (byId('text'))

/** Sends the forms without leaving the page. */
export function takeForms() {
  document.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target)
    if (form.method !== 'post') return // the browser sends it
    event.preventDefault()
    if (form.contains(field)) addTyped(form)
    else if (form.elements.namedItem('text')) addAgain(form)
    else void press(form)
  })
  // Else the second half of a double click would complain about an empty field.
  if (field.form) field.form.noValidate = true
  field.addEventListener('input', () => sayProblem())
  document.addEventListener('keydown', (event) => {
    if (event.repeat && event.key === 'Enter') event.preventDefault() // a key that is held down is one press
  })
  // The browser asks whether to leave: what waits for an earlier write has not been sent at all.
  window.addEventListener('beforeunload', (event) => {
    if (hasUnanswered()) event.preventDefault()
  })
}

/** Whether a reload would lose something. */
export function isBusy() {
  return (
    hasUnanswered() || field.value !== '' || byId('pending').hasChildNodes() || byId('said').hasChildNodes()
  )
}

/** @param {HTMLFormElement} form */
function addTyped(form) {
  const text = field.value
  const isDoublePress = text === '' && performance.now() < addedAtMs + DOUBLE_PRESS_MS
  field.focus({ preventScroll: true })
  if (isDoublePress || byId('add').getAttribute('aria-disabled') === 'true' || !form.reportValidity()) return
  addedAtMs = performance.now()
  sayProblem()
  void add(form, text)
  field.value = ''
}

/** Adds a removed item again, at the end. @param {HTMLFormElement} form */
function addAgain(form) {
  const text = String(new FormData(form).get('text'))
  byId('said').replaceChildren()
  byId('said').focus({ preventScroll: true })
  void add(form, text)
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
async function add(form, text) {
  const ticket = placeTicket(text)
  const onRepeat = (/** @type {string} */ why) => {
    const line = Object.assign(document.createElement('span'), { className: 'clamped' })
    line.append('“', beginningOf(text), `”: ${why}`)
    say(byId('said'), line)
  }
  const { problem, page } = await send(form, onRepeat)
  if (problem || !page) {
    giveBack(text, ticket, problem)
    return
  }
  ticket.remove()
  showResult(page)
}

/** Sends a form that is nothing but a button, such as "Remove next". @param {HTMLFormElement} form */
async function press(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'))
  pressedAtMs.set(button, performance.now())
  if (button.getAttribute('aria-disabled') === 'true') return
  const place = form.querySelector('[role=alert]') ?? byId('problem')
  hold(button)
  say(place)
  const { problem, page } = await send(form, (why) => say(place, why))
  if (page && !problem) showResult(page)
  say(place, problem)
  releaseLater(button)
}

/** Enables a button again once its last press is long enough ago. @param {Element} button */
function releaseLater(button) {
  const leftMs = (pressedAtMs.get(button) ?? 0) + DOUBLE_PRESS_MS - performance.now()
  if (leftMs > 0) setTimeout(releaseLater, leftMs, button)
  else release(button)
}

/** @param {Document} page what the server answered to a write */
function showResult(page) {
  const said = byId('said', page)
  byId('said').replaceChildren(...[...said.childNodes].map((node) => document.importNode(node, true)))
  showChange(page)
}

/**
 * Puts a refused text back into the field. If the visitor has typed another one meanwhile, it stays in its ticket.
 *
 * @param {string} text
 * @param {HTMLElement} ticket
 * @param {string} problem
 */
function giveBack(text, ticket, problem) {
  byId('said').replaceChildren()
  if (field.value === '') {
    ticket.remove()
    field.value = text
    sayProblem(problem)
    field.setAttribute('aria-invalid', 'true')
    return
  }
  refuse(ticket, text, problem)
  ticket.scrollIntoView({ block: 'nearest' })
  sayProblem('Not added: “', beginningOf(text), `”. ${problem}`)
}

/** Shows a problem beside the field instead of the last one, or none. @param {(string | Node)[]} problem */
function sayProblem(...problem) {
  say(byId('problem'), ...problem)
  field.removeAttribute('aria-invalid')
  document.title = document.title.replace('Not added: ', '') // of the page that refused a form
}
