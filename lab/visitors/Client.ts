import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Add, Failure, Item, Load, Page, Remove } from '../../test/prove/history.js'

/** Longer than any fault. */
const DEADLINE_MS = 10_000

/** A process as visitors see it. */
export interface Target {
  readonly name: string
  readonly url: string
}

interface Answer {
  readonly cacheStatus: string
  readonly body: string
}

interface Changed {
  readonly item: Item
  readonly version: number
  readonly length: number
}

/** Each method sends one request and returns it as an entry of the history. Never throws: a failure is an entry too. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true })

  async load(target: Target, phase: string): Promise<Load> {
    const { at, answer, failure } = await this.#ask(target, phase, 'GET', '/')
    if (!answer) return { ...at, kind: 'load', after: 0, failure }
    const { current, ...page } = JSON.parse(answer.body) as Page & { current: boolean }
    return { ...at, kind: 'load', after: 0, answer: { page, current, cacheStatus: answer.cacheStatus } }
  }

  async add(target: Target, phase: string, itemText: string): Promise<Add> {
    const { at, answer, failure } = await this.#ask(target, phase, 'POST', '/add', { text: itemText })
    if (!answer) return { ...at, kind: 'add', text: itemText, failure }
    return { ...at, kind: 'add', text: itemText, answer: JSON.parse(answer.body) as Changed }
  }

  async remove(target: Target, phase: string): Promise<Remove> {
    const { at, answer, failure } = await this.#ask(target, phase, 'POST', '/remove')
    if (!answer) return { ...at, kind: 'remove', failure }
    return { ...at, kind: 'remove', answer: JSON.parse(answer.body) as Changed }
  }

  close(): void {
    this.#agent.destroy()
  }

  async #ask({ name, url }: Target, phase: string, method: string, path: string, body?: object) {
    const id = randomUUID()
    const startedAtMs = performance.now()
    const outcome = await this.#send(url + path, method, id, body).catch(asFailure)
    const at = { phase, process: name, request: id, startedAtMs, endedAtMs: performance.now() }
    if ('reason' in outcome) return { at, answer: undefined, failure: outcome } as const
    return { at, answer: outcome, failure: undefined } as const
  }

  #send(url: string, method: string, id: string, body?: object): Promise<Answer> {
    const payload = body && JSON.stringify(body)
    const headers = {
      Accept: 'application/json',
      'X-Request-Id': id,
      ...(payload && { 'Content-Type': 'application/json' }),
    }
    const signal = AbortSignal.timeout(DEADLINE_MS)
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent, signal }, (response) => {
        const { statusCode: status = 0 } = response
        const cacheStatus = String(response.headers['cache-status'] ?? '').replace(/^\w+; /, '')
        text(response).then((body) => {
          if (status < 300) resolve({ cacheStatus, body })
          else reject(new Error(`HTTP ${status}`))
        }, reject)
      })
      sent.once('error', reject)
      sent.end(payload)
    })
  }
}

function asFailure(error: unknown): Failure {
  return { reason: error instanceof Error ? error.message : String(error) }
}
