import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../support/poll.js'
import { Client } from './client.js'
import type { Entry, Load } from './history.js'
import type { Random } from './random.js'
import type { Web } from './web.js'

const VISITORS_PER_PROCESS = 4
const MAX_PAUSE_MS = 30
const AFTER_FAILURE_MS = 30
const WRITES = 0.3
const LATER_PAGES = 0.05
/** This share of writers does not wait for the answer, and sends the same write again. */
const HANG_UPS = 0.1
const MAX_HANG_UP_MS = 10
/** A little more than a page, so that the queue sometimes has a second page and is sometimes short. */
const USUAL_LENGTH = 12

/**
 * People who use the app all at once. Each has a process that answers most of what they ask; right after a write
 * they look at the queue on another one.
 */
export class Visitors {
  readonly #webs: readonly Web[]
  readonly #client = new Client()
  readonly #random: Random
  readonly #history: Entry[]
  readonly #working: Promise<void>[] = []
  readonly #prefix: string
  #adds = 0
  #length = 0
  #phase = ''
  #isOpen = false

  constructor(webs: readonly Web[], history: Entry[], random: Random) {
    this.#webs = webs
    this.#history = history
    this.#random = random
    this.#prefix = random.between(0, 999_999).toString(36)
  }

  /**
   * Waits until every process answers as if nothing had ever been wrong. The proxies stand still while this program
   * checks what was recorded, which a process may have taken for an outage.
   */
  async waitUntilNormal(): Promise<void> {
    for (const web of this.#webs) {
      await until(`${web.name} shows a current page from the cache`, async () => {
        const { answer } = await this.#client.load(web, '')
        return answer?.current === true && answer.cacheStatus === 'hit'
      })
    }
  }

  /** Lets them all in. */
  begin(phase: string): void {
    this.#phase = phase
    this.#isOpen = true
    for (const web of this.#webs) {
      for (let visitor = 0; visitor < VISITORS_PER_PROCESS; visitor++) {
        this.#working.push(this.#visit(web, this.#random.fork()))
      }
    }
  }

  /** Waits until the last of them has an answer, or has none. */
  async end(): Promise<void> {
    this.#isOpen = false
    await Promise.all(this.#working.splice(0))
  }

  /** Loads every page of the queue, so that the items after the first page are checked too. */
  async walk(phase: string): Promise<void> {
    const [web] = this.#webs
    let after = 0
    while (web) {
      const load = this.#note(await this.#client.load(web, phase, after))
      const next = load.answer?.page.next
      if (!next) return
      after = idIn(next)
    }
  }

  close(): void {
    this.#client.close()
  }

  async #visit(home: Web, random: Random): Promise<void> {
    while (this.#isOpen) {
      const entry = await this.#act(home, random)
      if (entry.kind !== 'load' && this.#isOpen) await this.#load(this.#elsewhere(home, random))
      if (entry.failure) await pause(AFTER_FAILURE_MS)
      await pause(random.between(0, MAX_PAUSE_MS))
    }
  }

  async #act(web: Web, random: Random): Promise<Entry> {
    if (!web.visitorsWrite || !random.chance(WRITES)) {
      const load = await this.#load(web)
      const next = load.answer?.page.next
      if (next && random.chance(LATER_PAGES)) await this.#load(web, idIn(next))
      return load
    }
    const mayAdd = random.chance(0.5 + (USUAL_LENGTH - this.#length) / (4 * USUAL_LENGTH))
    const writing = {
      web,
      phase: this.#phase,
      hangUpAfterMs: random.chance(HANG_UPS) ? random.between(1, MAX_HANG_UP_MS) : undefined,
      elsewhere: () => this.#elsewhere(web, random),
    }
    if (!mayAdd) return this.#note(await this.#client.remove(writing))
    const itemText = `${this.#prefix}-${++this.#adds}`
    return this.#note(await this.#client.add(writing, itemText))
  }

  async #load(web: Web, after = 0): Promise<Load> {
    const load = this.#note(await this.#client.load(web, this.#phase, after))
    if (load.answer) this.#length = load.answer.page.length
    return load
  }

  /** Another process; but not one that can't answer, or all visitors would soon wait for that. */
  #elsewhere(home: Web, random: Random): Web {
    const others = this.#webs.filter((web) => web !== home && web.isRunning)
    return others.length > 0 ? random.oneOf(others) : home
  }

  #note<E extends Entry>(entry: E): E {
    this.#history.push(entry)
    return entry
  }
}

function idIn(next: string): number {
  return Number(next.replace('/?after=', ''))
}
