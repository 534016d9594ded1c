/** @typedef {{ metrics: Record<string, string>, isStale: boolean, plot: string, incidents: { id: number, label: string }[] }} Standing */
/** @typedef {{ playing: { id: string, text: string } | null, standings: Standing[] }} BoardState */

const ways = [...document.querySelectorAll('[data-way]')]
const playing = /** @type {HTMLElement} */ (document.getElementById('playing'))
let isPlaying = false

const events = new EventSource('/events')
events.addEventListener('message', (event) => {
  /** @type {BoardState} */
  const state = JSON.parse(event.data)
  for (const [index, standing] of state.standings.entries()) {
    const row = ways[index]
    if (row) show(row, standing)
  }
  showPlaying(state.playing)
})
events.addEventListener('error', () => {
  setText(playing, 'The lab does not answer. Has it ended?')
  isPlaying = false
})

// The buttons work without leaving the page, so the scroll position and the focus stay.
for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void press(form, event.submitter)
  })
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
async function press(form, button) {
  if (!(button instanceof HTMLButtonElement)) return
  const body = new URLSearchParams(button.name ? { [button.name]: button.value } : {})
  // The next event shows the result. If none comes, the `error` listener says so.
  await fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {})
  if (button.name === 'rate') markCurrent(form, button.value)
}

/**
 * @param {Element} row
 * @param {Standing} standing
 */
function show(row, { metrics, isStale, plot, incidents }) {
  for (const [name, text] of Object.entries(metrics)) {
    const element = row.querySelector(`[data-metric="${name}"]`)
    if (element) setText(element, text)
  }
  row.classList.toggle('unwell', isStale)
  row.querySelector('path')?.setAttribute('d', plot)
  const list = row.querySelector('.incidents')
  if (list) showIncidents(list, incidents)
}

/**
 * Changes nothing if they are the same, so that a link keeps the focus.
 *
 * @param {Element} list
 * @param {Standing['incidents']} incidents
 */
function showIncidents(list, incidents) {
  const shown = [...list.querySelectorAll('a')].map((link) => link.pathname)
  const wanted = incidents.map(({ id }) => `/incidents/${id}`)
  if (String(shown) === String(wanted)) return
  const kept = new Map([...list.children].map((item) => [item.querySelector('a')?.pathname, item]))
  list.replaceChildren(
    ...incidents.map(({ id, label }) => kept.get(`/incidents/${id}`) ?? createIncident(id, label)),
  )
}

/**
 * @param {number} id
 * @param {string} label
 */
function createIncident(id, label) {
  const item = document.createElement('li')
  const link = document.createElement('a')
  link.href = `/incidents/${id}`
  link.textContent = label
  item.append(link)
  return item
}

/** @param {BoardState['playing']} now */
function showPlaying(now) {
  // Screen readers announce its beginning and its end, but not each second.
  playing.setAttribute('aria-live', Boolean(now) === isPlaying ? 'off' : 'polite')
  isPlaying = Boolean(now)
  setText(playing, now?.text ?? 'Nothing is broken.')
  const form = document.querySelector('.switches')
  if (form instanceof HTMLFormElement) markCurrent(form, now?.id)
}

/**
 * @param {HTMLFormElement} form
 * @param {string | undefined} value
 */
function markCurrent(form, value) {
  for (const button of form.querySelectorAll('button')) {
    if (button.value === value) button.setAttribute('aria-current', 'true')
    else button.removeAttribute('aria-current')
  }
}

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}
