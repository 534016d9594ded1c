import type { Request, Response } from 'express'
import { SingleFlight } from '../cache/SingleFlight.js'
import { refusal } from '../http/refusal.js'
import { Turns } from '../http/Turns.js'
import type { QueueEvent, QueueWatcher } from '../queue/QueueWatcher.js'
import { clientAddress } from '../requests/clientAddress.js'

interface StreamLimits {
  readonly inAll: number
  /** Of one client address, so that nobody takes all of them; a whole school may stand behind one. */
  readonly perAddress: number
}

/** A stream takes up to 40 kB of memory (measured with 1,000), so this is what a small machine can spare. */
const LIMITS: StreamLimits = { inAll: 4_000, perAddress: 1_000 }
/** Proxies give up on what stays silent, Heroku's after 55 s; a page takes the line for dead after 30 s. */
const BEAT_MS = 15_000
/** When the server goes, the browsers should not all come back at the same moment. */
const RETRY_MS = { min: 500, max: 2_000 }
/** So many are told in one turn of the event loop; page loads get theirs in between. */
const TOLD_IN_ONE_TURN = 100

const RETRY_AFTER = { 'Retry-After': '2' }
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no', // nginx's way of being told not to wait for more
}

interface Stream {
  readonly response: Response
  readonly address: string
  /** Compared as an object: another database's version may be lower, and is news all the same. */
  told: QueueEvent | undefined
  toldCurrent: boolean
  toldBeats: number
}

/** The open windows. Each is told what has changed since it was told last. */
export class EventStreams {
  readonly #watcher: QueueWatcher
  readonly #limits: StreamLimits
  readonly #firstEvent: string
  readonly #streams = new Set<Stream>()
  /** How many each client address has, those that are being opened too. */
  readonly #perAddress = new Map<string, number>()
  readonly #look: SingleFlight<void>
  readonly #turns = new Turns()
  #opening = 0
  #beats = 0
  #telling = false
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param assets the name of this release's files, which each stream is told first */
  constructor(watcher: QueueWatcher, assets: string, limits = LIMITS) {
    this.#watcher = watcher
    this.#firstEvent = event('release', { assets })
    this.#limits = limits
    this.#look = new SingleFlight(() => watcher.refresh())
  }

  /** How many are open. */
  get count(): number {
    return this.#streams.size
  }

  /** Makes the response a stream that stays open. @throws a refusal (503) if too many are open */
  async open(request: Request, response: Response): Promise<void> {
    const address = clientAddress(request)
    this.#claim(address)
    response.once('close', () => this.#release(address))
    this.#opening++
    try {
      await this.#look.startedAfter(performance.now())
      await this.#turns.next()
    } finally {
      this.#opening--
    }
    if (response.destroyed || this.#watcher.isClosed) return void response.destroy()
    // From here on in one go: what is told meanwhile comes after this, and nothing comes twice.
    response.set(HEADERS).flushHeaders()
    response.locals.streamOpenedAtMs = performance.now()
    const { latest, isCurrent } = this.#watcher
    response.write(
      retryIn() + this.#firstEvent + (latest ? changeEvent(latest) : '') + currentEvent(isCurrent),
    )
    this.#keep({
      ...{ response, address, toldBeats: this.#beats },
      ...{ told: latest, toldCurrent: isCurrent },
    })
  }

  #claim(address: string): void {
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

  #keep(stream: Stream): void {
    this.#streams.add(stream)
    stream.response.once('close', () => this.#forget(stream))
    if (this.#unsubscribe) return
    const tell = () => void this.#tellAll()
    this.#unsubscribe = this.#watcher.subscribe({
      ...{ onChange: tell, onCurrent: tell },
      onClose: () => this.#endAll(),
    })
    this.#timer = setInterval(() => {
      this.#beats++
      tell()
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
   * Tells each stream what it has not been told, a slice of them in each turn of the event loop. What happens
   * meanwhile is told in the next round.
   */
  async #tellAll(): Promise<void> {
    if (this.#telling) return
    this.#telling = true
    do {
      let told = 0
      for (const stream of this.#streams) {
        if (this.#tell(stream) && ++told % TOLD_IN_ONE_TURN === 0) await nextTurn()
      }
    } while (this.#isAnyBehind())
    this.#telling = false
  }

  #isAnyBehind(): boolean {
    for (const stream of this.#streams) if (this.#isBehind(stream)) return true
    return false
  }

  #isBehind({ response, told, toldCurrent, toldBeats }: Stream): boolean {
    const { latest, isCurrent } = this.#watcher
    const isNew = latest !== told || isCurrent !== toldCurrent || this.#beats > toldBeats
    return isNew && !response.writableEnded
  }

  /** @returns whether there was something to tell */
  #tell(stream: Stream): boolean {
    if (!this.#isBehind(stream)) return false
    const { latest, isCurrent } = this.#watcher
    const texts = [
      latest && latest !== stream.told ? changeEvent(latest) : '',
      isCurrent !== stream.toldCurrent ? currentEvent(isCurrent) : '',
      this.#beats > stream.toldBeats ? event('beat', {}) : '',
    ]
    stream.told = latest
    stream.toldCurrent = isCurrent
    stream.toldBeats = this.#beats
    // Whoever doesn't read is cut off, for what is not read stays in our memory. A browser comes back by itself.
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
