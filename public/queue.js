import {
  ask,
  byId,
  expectCurrent,
  expectVersion,
  parse,
  problemIn,
  refresh,
  showFirstOrigin,
  versionOf,
} from './screen.js'
import { listen } from './stream.js'

const NO_ANSWER = 'No answer came. Look at the line before you try again: it may have worked all the same.'
const NOT_CONNECTED = 'The connection is lost, so this may be out of date. Trying again…'

for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(form)
  })
}

/** Sends a form and shows what it changed, in place. What was typed stays until it is known to be in line. */
async function send(/** @type {HTMLFormElement} */ form) {
  if (form.ariaBusy === 'true') return // a double click
  form.ariaBusy = 'true'
  const text = form.querySelector('input')
  const typed = text?.value
  const problem = await post(form)
  form.ariaBusy = null
  for (const line of form.querySelectorAll('[role=alert]')) line.textContent = problem
  if (!text) return
  if (problem) text.setAttribute('aria-invalid', 'true')
  else text.removeAttribute('aria-invalid')
  if (!problem && text.value === typed) text.value = ''
  text.focus({ preventScroll: true })
}

/** @returns what is wrong; empty where all went well */
async function post(/** @type {HTMLFormElement} */ form) {
  try {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)))
    const response = await ask(form.action, { method: 'POST', body })
    const answer = parse(await response.text())
    if (!response.ok || !answer.getElementById('said')) return problemIn(answer, response.status)
    showChange(answer)
    return ''
  } catch {
    return navigator.onLine ? NO_ANSWER : 'You are offline. What you typed is still here.'
  }
}

/** What the answer to a write says is shown at once; the page as it then is follows. */
function showChange(/** @type {Document} */ answer) {
  const removed = byId('said', answer).dataset.item
  byId('said').replaceChildren(...byId('said', answer).childNodes)
  if (versionOf(answer) <= versionOf(document)) return // the screen is newer than that
  byId('length').replaceWith(byId('length', answer).cloneNode(true))
  const added = answer.querySelector('li')
  if (added && !document.getElementById(added.id) && !document.querySelector('[rel=next]')) {
    byId('queue').append(added)
  }
  if (removed) document.getElementById(removed)?.remove()
  expectVersion(versionOf(answer))
}

// Where the place that was said is on this page, there is no need to load another.
byId('said').addEventListener('click', (event) => {
  const { target } = event
  if (!(target instanceof HTMLAnchorElement) || !document.getElementById(target.hash.slice(1))) return
  event.preventDefault()
  location.hash = target.hash
})

showFirstOrigin()
listen({
  onVersion: expectVersion,
  onCurrent: expectCurrent,
  onConnected(connected) {
    byId('lost').textContent = connected ? '' : NOT_CONNECTED
    if (!connected) void refresh()
  },
})
