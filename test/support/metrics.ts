import type { TestApp } from './testApp.js'

const SAMPLE = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/
const LABEL = /^([a-z_]+)="((?:[^"\\\n]|\\.)*)"$/
/** The names of a histogram's samples, and the suffix that its type stands without. */
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/

/** The samples of `GET /metrics`, by name and labels (`name{a="b"}`, without `process`). */
export async function readMetrics(app: TestApp): Promise<Map<string, number>> {
  const response = await app.get('/metrics').expect(200)
  return parseMetrics(response.text)
}

/**
 * Throws if Prometheus could not read the text.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
function parseMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  if (!text.endsWith('\n')) throw new Error('The last line has no end')
  for (const line of text.split('\n')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? []
    if (name !== '') types.set(name, type)
    if (line === '' || line.startsWith('# ')) continue
    const { key, value, of } = parseSample(line)
    if (!types.has(of) && !types.has(of.replace(HISTOGRAM_SUFFIX, '')))
      throw new Error(`No type before ${line}`)
    if (samples.has(key)) throw new Error(`Given twice: ${line}`)
    samples.set(key, value)
  }
  return samples
}

function parseSample(line: string): { key: string; value: number; of: string } {
  const [, of, labels = '', value] = SAMPLE.exec(line) ?? []
  // prom-client writes this for a metric without a value.
  if (of === undefined || (value !== 'Nan' && Number.isNaN(Number(value))))
    throw new Error(`Not a sample: ${line}`)
  const pairs = labels === '' ? [] : labels.split(',')
  for (const pair of pairs) if (!LABEL.test(pair)) throw new Error(`Not a label: ${pair} in ${line}`)
  const others = pairs.filter((pair) => !pair.startsWith('process='))
  if (others.length === pairs.length) throw new Error(`No process in ${line}`)
  return { of, key: others.length === 0 ? of : `${of}{${others.join(',')}}`, value: Number(value) }
}
