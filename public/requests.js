const ANSWER_DEADLINE_MS = 10_000
/** Network Authentication Required (RFC 6585) */
const SIGN_IN_STATUS = 511

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
      redirect: 'manual', // the server sends none, and what another one leads to is no answer
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
 * @param {Response} response
 */
export function problemIn(page, response) {
  const problem = page.getElementById('problem')?.textContent
  if (problem) return problem
  if (asksToSignIn(response)) {
    return 'Another page came in place of an answer. You may have to sign in to your network: open this address in a new tab to see, then try again.'
  }
  return `That did not work (${response.status}). Please try again in a moment.`
}

/** Whether it is from a network that lets nobody through before they sign in. @param {Response} response not ours */
export function asksToSignIn({ ok, type, status }) {
  return ok || type === 'opaqueredirect' || status === SIGN_IN_STATUS
}

/**
 * Says it in a live region, unless that says it already: a screen reader would repeat it.
 *
 * @param {Element} region
 * @param {(string | Node)[]} content
 */
export function say(region, ...content) {
  const text = content.map((part) => (typeof part === 'string' ? part : part.textContent)).join('')
  if (region.textContent !== text) region.replaceChildren(...content)
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
