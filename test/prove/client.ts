import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Add, Entry, Failure, Item, Load, Page, Remove } from './history.js'
import type { Web } from './web.js'

/** After that long a request counts as one without an answer. Writes may take 3 s when Postgres hangs. */
const DEADLINE_MS = 6_000

/** A write whose answer is lost is sent again, with its key, at most so often in all. */
const MAX_TRIES = 4

/** Where and how somebody writes. */
interface Writing {
  readonly web: Web
  readonly phase: string
  /** Hangs up that long after the first try was sent, with or without an answer. */
  readonly hangUpAfterMs: number | undefined
  /** Where to try again. */
  readonly elsewhere: () => Web
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly key?: string
  readonly hangUpAfterMs?: number | undefined
}

interface Answer {
  readonly status: number
  readonly cacheStatus: string
  readonly body: string
}

/** Sends requests and records their results. Keeps its connections open and uses them again. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #pages = new Map<string, ReadPage>()

  async load(web: Web, phase: string, after = 0): Promise<Load> {
    const path = after > 0 ? `/?after=${after}` : '/'
    const { at, answer, failure } = await this.#ask(web, phase, { method: 'GET', path })
    if (!answer) return { ...at, kind: 'load', after, failure }
    const { page, current } = this.#readPage(answer.body)
    return { ...at, kind: 'load', after, answer: { page, current, cacheStatus: answer.cacheStatus } }
  }

  async add(writing: Writing, itemText: string): Promise<Add> {
    const { at, answer, failure } = await this.#write(writing, '/add', { text: itemText })
    if (!answer) return { ...at, kind: 'add', text: itemText, failure }
    const { item, version, length } = JSON.parse(answer.body) as { item: Item } & Written
    return { ...at, kind: 'add', text: itemText, answer: { item, version, length } }
  }

  async remove(writing: Writing): Promise<Remove> {
    const { at, answer, failure } = await this.#write(writing, '/remove')
    if (!answer) return { ...at, kind: 'remove', failure }
    const { item, version, length } = JSON.parse(answer.body) as { item: Item | null } & Written
    return { ...at, kind: 'remove', answer: { item, version, length } }
  }

  close(): void {
    this.#agent.destroy()
  }

  /** A write without an answer may have happened. Because of its key it happens once, however often it is sent. */
  async #write(
    { web, phase, hangUpAfterMs, elsewhere }: Writing,
    path: string,
    body?: object,
  ): Promise<Asked> {
    const sent = { method: 'POST', path, key: randomUUID(), ...(body && { body }) }
    let asked = await this.#ask(web, phase, { ...sent, hangUpAfterMs })
    const { startedAtMs } = asked.at
    for (let tries = 1; isLost(asked) && tries < MAX_TRIES; tries++) {
      asked = await this.#ask(elsewhere(), phase, sent)
    }
    return { ...asked, at: { ...asked.at, startedAtMs } }
  }

  async #ask(web: Web, phase: string, sent: Sent): Promise<Asked> {
    const process = web.name
    const startedAtMs = performance.now()
    const outcome = await this.#send(web.url, sent).catch(asFailure)
    const at = { phase, process, startedAtMs, endedAtMs: performance.now() }
    if ('reason' in outcome) return { at, answer: undefined, failure: outcome }
    if (outcome.status < 300) return { at, answer: outcome, failure: undefined }
    const failure = { status: outcome.status, reason: `HTTP ${outcome.status}` }
    return { at, answer: undefined, failure }
  }

  async #send(url: string, { method, path, body, key, hangUpAfterMs }: Sent): Promise<Answer> {
    const signal = AbortSignal.timeout(hangUpAfterMs ?? DEADLINE_MS)
    const payload = body && JSON.stringify(body)
    const headers = {
      Accept: 'application/json',
      ...(payload && { 'Content-Type': 'application/json' }),
      ...(key && { 'Idempotency-Key': key }),
    }
    return await new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method, headers, agent: this.#agent, signal }, (response) => {
        const { statusCode: status = 0 } = response
        const cacheStatus = String(response.headers['cache-status'] ?? '').replace(/^\w+; /, '')
        text(response).then((body) => resolve({ status, cacheStatus, body }), reject)
      })
      sent.once('error', reject)
      sent.end(payload)
    })
  }

  /** Most loads get a page that was seen before: then it is the same object, and memory stays small. */
  #readPage(body: string): ReadPage {
    const known = this.#pages.get(body)
    if (known) return known
    const { current, ...page } = JSON.parse(body) as Page & { current: boolean }
    const read = { page, current }
    this.#pages.set(body, read)
    if (this.#pages.size > KEPT_PAGES) this.#pages.delete(this.#pages.keys().next().value ?? '')
    return read
  }
}

const KEPT_PAGES = 50

interface Written {
  readonly version: number
  readonly length: number
}

interface ReadPage {
  readonly page: Page
  readonly current: boolean
}

type Asked = { readonly at: Pick<Entry, 'phase' | 'process' | 'startedAtMs' | 'endedAtMs'> } & (
  | { readonly answer: Answer; readonly failure: undefined }
  | { readonly answer: undefined; readonly failure: Failure }
)

function isLost({ failure }: Asked): boolean {
  return failure !== undefined && failure.status === undefined
}

function asFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { reason: String(error) }
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return { reason: 'no answer' }
  return { reason: 'code' in error ? String(error.code) : error.message }
}
