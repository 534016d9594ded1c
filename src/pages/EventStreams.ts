import type { Request, Response } from 'express'
import { clientAddress } from '../http/clientAddress.js'
import { refusal } from '../http/refusal.js'
import { sharedInTurns } from '../http/sharedInTurns.js'
import type { QueueEvent, QueueWatcher } from '../queue/QueueWatcher.js'

interface StreamLimits {
  readonly inAll: number
  /** Of one client address, so that nobody takes all streams. A whole school may share one address. */
  readonly perAddress: number
}

/** A stream takes up to 40 kB (measured with 1,000 streams), so 4,000 take 160 MB. */
const LIMITS: StreamLimits = { inAll: 4_000, perAddress: 1_000 }
/** Proxies close silent connections, Heroku's after 55 s. A page counts its stream as dead after 30 s. */
const BEAT_MS = 15_000
/** A random delay, so that after a restart the browsers don't all reconnect at the same moment. */
const RETRY_MS = { min: 500, max: 2_000 }
/** Page loads are served between these turns of the event loop. */
const SENDS_PER_TURN = 100

const RETRY_AFTER = { 'Retry-After': '2' }
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no', // keeps nginx from buffering
}

interface Stream {
  readonly response: Response
  readonly address: string
  /** Compared as an object: another database's version may be lower, and must be sent all the same. */
  sent: QueueEvent | undefined
  sentCurrent: boolean
  sentBeats: number
}

/** The open windows. Each is sent what has changed since the last event that it was sent. */
export class EventStreams {
  readonly #watcher: QueueWatcher
  readonly #limits: StreamLimits
  readonly #firstEvent: string
  readonly #streams = new Set<Stream>()
  /** How many streams each client address has, those that are being opened too. */
  readonly #perAddress = new Map<string, number>()
  readonly #refresh: () => Promise<void>
  #opening = 0
  #beats = 0
  #isSending = false
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param assets the name of this release's files, which each stream is sent first */
  constructor(watcher: QueueWatcher, assets: string, limits = LIMITS) {
    this.#watcher = watcher
    this.#firstEvent = event('release', { assets })
    this.#limits = limits
    this.#refresh = sharedInTurns(() => watcher.refresh())
  }

  /** How many are open. */
  get count(): number {
    return this.#streams.size
  }

  /** Makes the response a stream that stays open. @throws a refusal (503) if too many are open */
  async open(request: Request, response: Response): Promise<void> {
    const address = clientAddress(request)
    this.#reserve(address)
    response.once('close', () => this.#release(address))
    this.#opening++
    try {
      await this.#refresh()
    } finally {
      this.#opening--
    }
    if (response.destroyed || this.#watcher.isClosed) return void response.destroy()
    // No `await` from here to the end, so no event is lost or sent twice.
    response.set(HEADERS).flushHeaders()
    response.locals.streamOpenedAtMs = performance.now()
    const { latest, isCurrent } = this.#watcher
    response.write(
      retryIn() + this.#firstEvent + (latest ? changeEvent(latest) : '') + currentEvent(isCurrent),
    )
    this.#add({
      ...{ response, address, sentBeats: this.#beats },
      ...{ sent: latest, sentCurrent: isCurrent },
    })
  }

  #reserve(address: string): void {
    const { inAll, perAddress } = this.#limits
    const ofThisAddress = this.#perAddress.get(address) ?? 0
    const isFull = this.#streams.size + this.#opening >= inAll || ofThisAddress >= perAddress
    if (this.#watcher.isClosed || isFull) {
      throw refusal(503, 'There are too many open windows. The page works all the same.', RETRY_AFTER)
    }
    this.#perAddress.set(address, ofThisAddress + 1)
  }

  #release(address: string): void {
    const left = (this.#perAddress.get(address) ?? 0) - 1
    if (left > 0) this.#perAddress.set(address, left)
    else this.#perAddress.delete(address)
  }

  #add(stream: Stream): void {
    this.#streams.add(stream)
    stream.response.once('close', () => this.#forget(stream))
    if (this.#unsubscribe) return
    const send = () => void this.#sendAll()
    this.#unsubscribe = this.#watcher.subscribe({
      ...{ onChange: send, onCurrent: send },
      onClose: () => this.#endAll(),
    })
    this.#timer = setInterval(() => {
      this.#beats++
      send()
    }, BEAT_MS)
  }

  #forget(stream: Stream): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    clearInterval(this.#timer)
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  /**
   * Sends each stream what it has not been sent, some streams in each turn of the event loop. What happens meanwhile
   * is sent in the next round.
   */
  async #sendAll(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    do {
      let sent = 0
      for (const stream of this.#streams) {
        if (this.#send(stream) && ++sent % SENDS_PER_TURN === 0) await nextTurn()
      }
    } while (this.#isAnyBehind())
    this.#isSending = false
  }

  #isAnyBehind(): boolean {
    for (const stream of this.#streams) if (this.#isBehind(stream)) return true
    return false
  }

  #isBehind({ response, sent, sentCurrent, sentBeats }: Stream): boolean {
    const { latest, isCurrent } = this.#watcher
    const isNew = latest !== sent || isCurrent !== sentCurrent || this.#beats > sentBeats
    return isNew && !response.writableEnded
  }

  /** @returns whether there was something to send */
  #send(stream: Stream): boolean {
    if (!this.#isBehind(stream)) return false
    const { latest, isCurrent } = this.#watcher
    const texts = [
      latest && latest !== stream.sent ? changeEvent(latest) : '',
      isCurrent !== stream.sentCurrent ? currentEvent(isCurrent) : '',
      this.#beats > stream.sentBeats ? event('beat', {}) : '',
    ]
    stream.sent = latest
    stream.sentCurrent = isCurrent
    stream.sentBeats = this.#beats
    // A client that doesn't read is cut off, because what it leaves unread stays in our memory. Browsers reconnect.
    if (!stream.response.write(texts.join(''))) stream.response.destroy()
    return true
  }

  #endAll(): void {
    for (const { response } of this.#streams) response.end()
  }
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
function event(name: string, data: object, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

function changeEvent({ version, length }: QueueEvent): string {
  return event('queue', { version, length }, version)
}

/** Whether Postgres can be reached. No id: the queue itself has not changed. */
function currentEvent(current: boolean): string {
  return event('current', { current })
}

function retryIn(): string {
  return `retry: ${Math.round(RETRY_MS.min + Math.random() * (RETRY_MS.max - RETRY_MS.min))}\n`
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
