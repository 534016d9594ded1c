const ANSWER_DEADLINE_MS = 10_000

/**
 * Sends a request and parses the HTML that it answers.
 *
 * @param {string} address
 * @param {{ method?: string, body?: URLSearchParams, key?: string, deadlineMs?: number, signal?: AbortSignal }} [options]
 *   `key`: the Idempotency-Key of a write; repeated with the same key, it happens once
 * @returns {Promise<{ response: Response, page: Document }>} rejects if no answer came in time
 */
export async function ask(address, { method, body, key, deadlineMs = ANSWER_DEADLINE_MS, signal } = {}) {
  const stop = new AbortController()
  const deadline = setTimeout(() => stop.abort(), deadlineMs)
  signal?.addEventListener('abort', () => stop.abort())
  const headers = { Accept: 'text/html', 'HX-Request': 'true', ...(key && { 'Idempotency-Key': key }) }
  try {
    const response = await fetch(address, {
      method: method ?? 'GET',
      body: body ?? null,
      headers,
      signal: stop.signal,
    })
    return { response, page: new DOMParser().parseFromString(await response.text(), 'text/html') }
  } finally {
    clearTimeout(deadline)
  }
}

/**
 * What went wrong: the server's message, or ours if something between us and the server answered.
 *
 * @param {Document} page
 * @param {number} status
 */
export function problemIn(page, status) {
  return (
    page.getElementById('problem')?.textContent ||
    `That did not work (${status}). Please try again in a moment.`
  )
}

/**
 * @param {string} id
 * @param {Document} within
 */
export function byId(id, within = document) {
  const element = within.getElementById(id)
  if (!element) throw new Error(`The page has no #${id}`)
  return element
}
