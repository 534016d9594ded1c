import type { Metric, Registry } from 'prom-client'
import { BOUNDS_MS, type Histogram } from './Histogram.js'

type Labels = Readonly<Record<string, string>>
/** A figure, and the labels that tell it from others of the same name. */
export type Sample = readonly [value: number, labels?: Labels]

interface Line {
  readonly metricName?: string
  readonly labels: Labels
  readonly value: number
}

/**
 * Ways to add to a registry what is counted elsewhere. prom-client's own counters would have to be told of every
 * request once more, at a microsecond each; these are read whenever somebody asks.
 */
export function expositionOn(registry: Registry) {
  const add = (type: string, name: string, help: string, lines: () => Promise<Line[]>) => {
    const get = async () => ({ name, help, type, aggregator: 'sum', values: await lines() })
    // All that a registry needs of a metric.
    registry.registerMetric({ name, get } as unknown as Metric)
  }
  const single = (type: string) => (name: string, help: string, read: () => Sample[] | Promise<Sample[]>) =>
    add(type, name, help, async () => (await read()).map(([value, labels = {}]) => ({ value, labels })))
  return {
    counter: single('counter'),
    gauge: single('gauge'),
    /** Durations, by the value of one label. */
    histogram(name: string, help: string, label: string, read: () => [value: string, Histogram][]): void {
      add('histogram', name, help, async () =>
        read().flatMap(([value, histogram]) => histogramLines(name, { [label]: value }, histogram)),
      )
    },
  }
}

/** Each class counts all the shorter ones too, and its bound is told in seconds, as Prometheus wants it. */
function histogramLines(name: string, labels: Labels, { counts, count, sumMs }: Histogram): Line[] {
  let within = 0
  const buckets = counts.map((inClass, place) => {
    within += inClass
    const boundMs = BOUNDS_MS[place]
    const le = boundMs === undefined ? '+Inf' : String(boundMs / 1000)
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: within }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumMs / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
