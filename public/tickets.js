import { byId } from './requests.js'

const MAX_QUOTED = 30

/** Shows a text at the end of the line until there is an answer. @param {string} text */
export function placeTicket(text) {
  const ticket = Object.assign(document.createElement('li'), { dir: 'auto', textContent: text })
  byId('pending').append(ticket)
  return ticket
}

/**
 * Turns a ticket into one that keeps the refused text until the visitor edits it.
 *
 * @param {HTMLElement} ticket
 * @param {string} text
 * @param {string} problem
 */
export function refuse(ticket, text, problem) {
  // Its own element, because a text from right to left would turn the problem and the button around too.
  const refused = Object.assign(document.createElement('div'), { dir: 'auto', textContent: text })
  const why = Object.assign(document.createElement('p'), { textContent: problem })
  const edit = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Edit' })
  edit.addEventListener('click', () => {
    const field = /** @type {HTMLInputElement} */ (byId('text'))
    const typed = field.value
    field.value = text
    field.focus()
    if (typed) refuse(ticket, typed, 'Not added yet.')
    else ticket.remove()
  })
  ticket.className = 'refused'
  ticket.removeAttribute('dir')
  ticket.replaceChildren(refused, why, edit)
}

/** The beginning of a text, isolated from the words around it, which may run in the other direction. @param {string} text */
export function beginningOf(text) {
  const characters = [...text]
  const beginning = characters.length > MAX_QUOTED ? `${characters.slice(0, MAX_QUOTED).join('')}…` : text
  return Object.assign(document.createElement('bdi'), { textContent: beginning })
}
