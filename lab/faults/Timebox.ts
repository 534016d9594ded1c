import { setTimeout as pause } from 'node:timers/promises'

/** The time that a fault may take. Everything that it repeats ends then. */
export class Timebox {
  readonly #endsAtMs: number
  #isClosed = false

  constructor(lastsMs: number) {
    this.#endsAtMs = performance.now() + lastsMs
  }

  get isOver(): boolean {
    return this.#isClosed || performance.now() >= this.#endsAtMs
  }

  get leftMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now())
  }

  /** Ends it before its time. */
  close(): void {
    this.#isClosed = true
  }

  /** Waits for this time, but not past the end. */
  async pause(ms: number): Promise<void> {
    const untilMs = performance.now() + ms
    while (!this.isOver && performance.now() < untilMs) {
      await pause(Math.min(100, this.leftMs, Math.max(0, untilMs - performance.now())))
    }
  }

  /** Waits until the end. */
  async end(): Promise<void> {
    await this.pause(this.leftMs)
  }

  /** Does something again and again, with a pause in between, until the end. */
  async repeat(pauseMs: number, act: () => Promise<unknown>): Promise<void> {
    while (!this.isOver) {
      await act()
      await this.pause(pauseMs)
    }
  }
}
