import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50

export interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * A load balancer in front of web processes. It sends requests only to processes that are ready, over connections
 * that are kept alive, and never sends a request twice.
 */
export class LoadBalancer {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #targets = new Set<string>()
  readonly #ready = new Set<string>()
  readonly #polling: Promise<void>
  #isClosed = false
  #turn = 0

  constructor() {
    this.#polling = this.#poll()
  }

  add(url: string): void {
    this.#targets.add(url)
  }

  remove(url: string): void {
    this.#targets.delete(url)
    this.#ready.delete(url)
  }

  isReady(url: string): boolean {
    return this.#ready.has(url)
  }

  /** The one whose turn it is. */
  next(): string {
    const ready = [...this.#ready]
    const url = ready[this.#turn++ % ready.length]
    if (url === undefined) throw new Error('no process is ready')
    return url
  }

  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    return await this.#ask(`${this.next()}${path}`, method, body)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#polling
    this.#agent.destroy()
  }

  async #poll(): Promise<void> {
    while (!this.#isClosed) {
      await Promise.all([...this.#targets].map((url) => this.#checkReadiness(url)))
      await sleep(POLL_MS)
    }
  }

  async #checkReadiness(url: string): Promise<void> {
    const status = await this.#ask(`${url}/readyz`, 'GET').then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200 && this.#targets.has(url)) this.#ready.add(url)
    else this.#ready.delete(url)
  }

  async #ask(url: string, method: string, body?: unknown): Promise<Answer> {
    const headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
    return await new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent }, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
      })
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}
