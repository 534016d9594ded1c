import { Counter, Histogram, type Registry } from 'prom-client'

/** Upper bounds of the buckets: three to a power of ten, from 0.1 ms to 5 s. */
export const BUCKETS_SECONDS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
]

interface TimingsOptions<Value extends string> {
  /** Without unit and suffix: `queue_write`. */
  readonly name: string
  readonly help: string
  readonly label: string
  readonly values: readonly Value[]
}

/** How long something took, and how often it failed, by the value of one label. */
export class Timings<Value extends string> {
  readonly durations: Histogram
  readonly failures: Counter
  readonly #label: string

  constructor(registry: Registry, { name, help, label, values }: TimingsOptions<Value>) {
    this.#label = label
    const shared = { labelNames: [label], registers: [registry] }
    this.durations = new Histogram({
      ...shared,
      name: `${name}_duration_seconds`,
      help: `${help}: duration of those that succeeded.`,
      buckets: BUCKETS_SECONDS,
    })
    this.failures = new Counter({
      ...shared,
      name: `${name}_failures_total`,
      help: `${help}: how many failed.`,
    })
    for (const value of values) {
      this.durations.zero({ [label]: value })
      this.failures.inc({ [label]: value }, 0)
    }
  }

  /** A failure's duration is left out: while a server is known to be down, failing takes no time at all. */
  observe(value: Value, durationMs: number, failed: boolean): void {
    if (failed) this.failures.inc({ [this.#label]: value })
    else this.durations.observe({ [this.#label]: value }, durationMs / 1000)
  }
}
