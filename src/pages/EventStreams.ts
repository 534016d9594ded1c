import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Request, Response } from 'express'
import { clientAddress } from '../http/clientAddress.js'
import { refusal } from '../http/refusal.js'
import { sharedInTurns } from '../http/sharedInTurns.js'
import type { QueueEvent, QueueWatcher } from '../queue/QueueWatcher.js'
import { ASSETS_VERSION } from './assets.js'
import { changeEvent, currentEvent, event, retryIn } from './eventTexts.js'
import { type StreamLimits, StreamPlaces } from './StreamPlaces.js'

/** Proxies close silent connections, Heroku's after 55 s. A page gives its stream up after 25 s (connection.js). */
const BEAT_MS = 15_000
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
  /** Compared as an object: another database's version may be lower, and must be sent all the same. */
  sent: QueueEvent | undefined
  sentCurrent: boolean | undefined
  sentBeats: number
}

/** The open windows. Each is sent what has changed since the last event that it was sent. */
export class EventStreams {
  readonly #watcher: QueueWatcher
  readonly #places: StreamPlaces
  readonly #streams = new Set<Stream>()
  readonly #refresh: () => Promise<void>
  #beats = 0
  #isSending = false
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(watcher: QueueWatcher, limits?: StreamLimits) {
    this.#watcher = watcher
    this.#places = new StreamPlaces(limits)
    this.#refresh = sharedInTurns(() => watcher.refresh())
  }

  /** How many are open. */
  get count(): number {
    return this.#streams.size
  }

  /** Makes the response a stream that stays open. @throws a refusal (503) if too many are open */
  async open(request: Request, response: Response): Promise<void> {
    const address = clientAddress(request)
    if (this.#watcher.isClosed || !this.#places.take(address)) {
      throw refusal(503, 'There are too many open windows. The page works all the same.', RETRY_AFTER)
    }
    response.once('close', () => this.#places.giveBack(address))
    await this.#refresh()
    if (response.destroyed || this.#watcher.isClosed) return void response.destroy()
    // No `await` from here to the end, so no event is lost or sent twice.
    response.set(HEADERS).flushHeaders()
    response.locals.streamOpenedAtMs = performance.now()
    response.write(retryIn() + event('release', { assets: ASSETS_VERSION }))
    const stream = { response, sent: undefined, sentCurrent: undefined, sentBeats: this.#beats }
    this.#send(stream)
    this.#add(stream)
  }

  #add(stream: Stream): void {
    this.#streams.add(stream)
    stream.response.once('close', () => this.#forget(stream))
    if (this.#unsubscribe) return
    this.#unsubscribe = this.#watcher.subscribe(() => {
      if (this.#watcher.isClosed) this.#endAll()
      else void this.#sendAll()
    })
    this.#timer = setInterval(() => {
      this.#beats++
      void this.#sendAll()
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
    } while ([...this.#streams].some((stream) => this.#isBehind(stream)))
    this.#isSending = false
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
