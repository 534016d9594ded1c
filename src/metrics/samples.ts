import type { Counter, Histogram, MetricValueWithName } from 'prom-client'

type Labels = Readonly<Record<string, string>>

/** How many events a counter or a histogram has counted under these labels. */
export async function countOf(metric: Counter | Histogram, labels: Labels): Promise<number> {
  const { name, values } = await metric.get()
  const samples: readonly MetricValueWithName<string>[] = values
  const count = samples.find(
    (sample) => isOf(sample, labels) && [undefined, `${name}_count`].includes(sample.metricName),
  )
  return count?.value ?? 0
}

/** How many durations fell into each bucket. The last bucket is above all bounds. Prometheus counts them cumulatively. */
export async function bucketCounts(histogram: Histogram, labels: Labels): Promise<number[]> {
  const { name, values } = await histogram.get()
  const upTo = values
    .filter((sample) => isOf(sample, labels) && sample.metricName === `${name}_bucket`)
    .map(({ value }) => value)
  return upTo.map((count, index) => count - (upTo[index - 1] ?? 0))
}

function isOf(sample: MetricValueWithName<string>, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value)
}
