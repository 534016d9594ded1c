import type { Socket } from 'node:net'

/** What happens to the bytes of one direction of a connection. */
export interface FlowRule {
  /** How late they are. */
  readonly delayMs?: number
  /** Whether they are kept back until `release`. */
  readonly isHeld?: boolean
  /** How many may still pass; without it, all. */
  readonly passBytes?: number
  /** What comes then. */
  readonly afterwards?: 'silence' | 'cut'
}

type Ending = 'end' | 'reset'

interface Waiting {
  readonly what: Buffer | Ending
  readonly dueAtMs: number
}

/** One direction of a proxied connection. Bytes leave in the order in which they came, when the rule allows it. */
export class Flow {
  readonly #target: Socket
  readonly #cut: () => void
  readonly #waiting: Waiting[] = []
  #rule: FlowRule = {}
  #passedBytes = 0
  #isSilent = false
  #isFinished = false
  #timer: NodeJS.Timeout | undefined

  constructor(source: Socket, target: Socket, cut: () => void) {
    this.#target = target
    this.#cut = cut
    source.on('data', (chunk: Buffer) => this.#receive(chunk))
    source.once('end', () => this.#finish('end'))
    source.once('close', (hadError) => this.#finish(hadError ? 'reset' : 'end'))
    target.once('close', () => this.#discard())
  }

  set rule(rule: FlowRule) {
    this.#rule = rule
    this.#passedBytes = 0
    this.#pump()
  }

  /** Whether bytes were lost on the way. No TCP connection continues after a gap, so it stays silent until its end. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Delivers at once everything that waits, under any rule. */
  release(): void {
    clearTimeout(this.#timer)
    for (const { what } of this.#waiting.splice(0)) this.#deliver(what)
  }

  #finish(ending: Ending): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#receive(ending)
  }

  #receive(what: Buffer | Ending): void {
    this.#waiting.push({ what, dueAtMs: performance.now() + (this.#rule.delayMs ?? 0) })
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    while (!this.#rule.isHeld) {
      const [first] = this.#waiting
      if (!first) return
      const remainingMs = first.dueAtMs - performance.now()
      if (remainingMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), remainingMs)
        return
      }
      this.#waiting.shift()
      this.#deliver(first.what)
    }
  }

  #deliver(what: Buffer | Ending): void {
    if (this.#isSilent || this.#target.destroyed) return
    if (what === 'end') this.#target.end()
    else if (what === 'reset') this.#target.resetAndDestroy()
    else this.#pass(what)
  }

  #pass(chunk: Buffer): void {
    const { passBytes = Number.POSITIVE_INFINITY, afterwards } = this.#rule
    const passing = chunk.subarray(0, passBytes - this.#passedBytes)
    this.#passedBytes += passing.length
    if (passing.length > 0) this.#target.write(passing)
    if (passing.length === chunk.length) return
    this.#isSilent = true
    if (afterwards === 'cut') this.#cut()
  }

  #discard(): void {
    clearTimeout(this.#timer)
    this.#waiting.length = 0
  }
}
