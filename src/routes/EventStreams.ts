import type { Response } from 'express'
import type { QueueNews, QueueWatcher } from '../queue/QueueWatcher.js'

/** No more streams can be kept open now. */
export class TooManyStreams extends Error {
  override readonly name = 'TooManyStreams'
}

/** Up to 40 kB of memory each (measured with 1,000), so this is what a small machine can spare. */
const MOST_STREAMS = 4_000
/** Proxies give up on what stays silent, Heroku's after 55 s. */
const HEARTBEAT_MS = 20_000
/** When the server goes, the browsers should not all come back at the same moment. */
const RETRY_MS = { least: 500, most: 2_000 }

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no', // nginx's way of being told not to wait for more
}

/** The open windows. Each change is put into words once, and written to all of them. */
export class EventStreams {
  readonly #watcher: QueueWatcher
  readonly #most: number
  readonly #streams = new Set<Response>()
  #opening = 0
  #unsubscribe: (() => void) | undefined
  #heartbeat: NodeJS.Timeout | undefined

  constructor(watcher: QueueWatcher, most = MOST_STREAMS) {
    this.#watcher = watcher
    this.#most = most
  }

  /** How many are open. */
  get count(): number {
    return this.#streams.size
  }

  /** Makes the response a stream that stays open. @throws TooManyStreams */
  async open(response: Response): Promise<void> {
    if (this.#watcher.isClosed || this.#streams.size + this.#opening >= this.#most) {
      throw new TooManyStreams('There are too many open windows. The page works all the same.')
    }
    this.#opening++
    try {
      await this.#watcher.look()
    } finally {
      this.#opening--
    }
    if (response.destroyed || this.#watcher.isClosed) return void response.destroy()
    // From here on in one go: what is told meanwhile comes after this, and nothing comes twice.
    response.set(HEADERS).flushHeaders()
    const { latest, isCurrent } = this.#watcher
    response.write(retryIn() + (latest ? changeEvent(latest) : '') + currentEvent(isCurrent))
    this.#keep(response)
  }

  #keep(response: Response): void {
    this.#streams.add(response)
    response.once('close', () => this.#forget(response))
    if (this.#unsubscribe) return
    this.#unsubscribe = this.#watcher.subscribe({
      onChange: (news) => this.#tellAll(changeEvent(news)),
      onCurrent: (current) => this.#tellAll(currentEvent(current)),
      onClose: () => this.#endAll(),
    })
    this.#heartbeat = setInterval(() => this.#tellAll(': still here\n\n'), HEARTBEAT_MS)
  }

  #forget(response: Response): void {
    this.#streams.delete(response)
    if (this.#streams.size > 0) return
    clearInterval(this.#heartbeat)
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  #tellAll(text: string): void {
    for (const response of this.#streams) {
      // Whoever doesn't read is cut off, for what is not read stays in our memory. A browser comes back by itself.
      if (!response.write(text)) response.destroy()
    }
  }

  #endAll(): void {
    for (const response of this.#streams) response.end()
  }
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
function changeEvent({ version, length }: QueueNews): string {
  return `event: queue\nid: ${version}\ndata: ${JSON.stringify({ version, length })}\n\n`
}

/** Whether Postgres can be reached. No id: the queue itself has not changed. */
function currentEvent(current: boolean): string {
  return `event: current\ndata: ${JSON.stringify({ current })}\n\n`
}

function retryIn(): string {
  return `retry: ${Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least))}\n`
}
