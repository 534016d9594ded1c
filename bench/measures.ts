import type { Postgres } from '../test/support/postgres.js'
import { residentMb } from './accounting.js'
import { addOneByOne, put, type Rate, type Target } from './load.js'
import { Setup, warmUp, warmUpAdds } from './Setup.js'

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number
  /** For each measurement of a rate. */
  readonly seconds: number
  readonly warmUpSeconds: number
  /** How many single adds, one after the other; their median counts. */
  readonly singleAdds: number
  /** How many page loads and adds before the memory is measured. */
  readonly loads: number
  readonly adds: number
  /** The lengths of the queue in the plot, besides those of the goals. */
  readonly plotted: readonly number[]
}

/** `bare`: Express and one get of the page; `nodeGet`: the same without Express. */
export type Candidate = 'product' | 'bare' | 'nodeGet' | 'tutorial'

/** One measurement, with the name that the goals use for it. */
export interface Measure {
  readonly name: string
  readonly run: () => Promise<Metrics>
}

export interface Metrics extends Partial<Rate> {
  readonly ms?: number
  readonly mb?: number
  /** Processor time of web server, Postgres and memcached together, for each request. */
  readonly totalCpuUs?: number
  /** Between web server and memcached, for each request. */
  readonly memcachedBytes?: number
}

const CONNECTIONS = 32
/** A browser's headers, without `accept-encoding`, so that all candidates send the same bytes. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
/** Above this length the tutorial's page takes so long that it can serve only one visitor at a time. */
const TUTORIAL_CROWD = 10_000

/** Starts all candidates. @returns the measurements to make */
export async function prepare(postgres: Postgres, effort: Effort, opened: Setup[]): Promise<Measure[]> {
  const open = async (length: number, env = {}) => {
    const setup = await Setup.open(postgres, length, env)
    opened.push(setup)
    return setup
  }
  const hundred = await open(100)
  const product = await hundred.product()
  const bare = await hundred.sender('bare', product)
  const nodeGet = await hundred.sender('nodeGet', product)
  const tutorial = await hundred.tutorial()
  const thousand = await open(1_000, { PAGE_SIZE: '1000' })
  const largeProduct = await thousand.product()
  const large = {
    product: largeProduct,
    nodeGet: await thousand.sender('nodeGet', largeProduct),
    tutorial: await thousand.tutorial(),
  }
  const tenThousand = await open(10_000)
  const long = { product: await tenThousand.product(), tutorial: await tenThousand.tutorial() }
  const million = await open(1_000_000)
  const huge = await million.product()
  const pair = await open(100)
  const two = await pair.product({ WEB_CONCURRENCY: '2' })

  const all = [product, bare, nodeGet, tutorial, huge, two]
  all.push(...Object.values(large), ...Object.values(long))
  for (const target of all) await warmUp(target, effort.warmUpSeconds)
  const writers: [Setup, Target][] = [
    [hundred, product],
    [hundred, tutorial],
    [million, huge],
    [pair, two],
    [tenThousand, long.product],
    [tenThousand, long.tutorial],
  ]
  for (const [setup, target] of writers) await warmUpAdds(setup, target, effort.warmUpSeconds)
  // Candidates that are compared are measured one right after the other.
  return [
    loads('load 100 tutorial', tutorial, effort),
    loads('load 100 bare', bare, effort),
    loads('load 100 product', product, effort),
    loads('load 100 nodeGet', nodeGet, effort),
    loads('load 1000000 product', huge, effort),
    loads('load 100 two processes', two, effort),
    unchanged('load 100 product 304', product, effort),
    loads('load 100 product br', product, effort, { 'accept-encoding': 'gzip, deflate, br' }),
    loads('load 1000 on a page product', large.product, effort),
    loads('load 1000 on a page nodeGet', large.nodeGet, effort),
    loads('load 1000 on a page tutorial', large.tutorial, effort),
    adds('add 100 tutorial', hundred, tutorial, effort),
    adds('add 100 product', hundred, product, effort),
    adds('add 1000000 product', million, huge, effort),
    adds('add 100 two processes', pair, two, effort),
    adds('add 10000 product', tenThousand, long.product, effort),
    adds('add 10000 tutorial', tenThousand, long.tutorial, effort),
    bytesOfHits('bytes of a hit', hundred, product, effort),
    bytesOfHits('bytes of a hit, 1000 on a page', thousand, large.product, effort),
    single('single add product', hundred, product, effort),
    single('single add tutorial', hundred, tutorial, effort),
    { name: 'start', run: async () => ({ ms: await hundred.firstPageMs() }) },
  ]
}

/** Measured once, after the rounds: how the rates depend on the queue's length. */
export async function plotted(postgres: Postgres, effort: Effort, opened: Setup[]): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const length of effort.plotted) {
    const setup = await Setup.open(postgres, length)
    opened.push(setup)
    const product = await setup.product()
    const bare = await setup.sender('bare', product)
    const tutorial = await setup.tutorial()
    for (const target of [product, bare]) await warmUp(target, effort.warmUpSeconds / 2)
    if (length <= TUTORIAL_CROWD) await warmUp(tutorial, effort.warmUpSeconds / 2)
    measures.push(
      loads(`plot load ${length} product`, product, effort),
      loads(`plot load ${length} bare`, bare, effort),
      loads(`plot load ${length} tutorial`, tutorial, crowd(effort, length)),
      adds(`plot add ${length} product`, setup, product, effort),
      adds(`plot add ${length} tutorial`, setup, tutorial, crowd(effort, length)),
    )
  }
  return measures
}

/** The memory of a web process after many requests, and after as many again. */
export async function memory(
  postgres: Postgres,
  { loads, adds }: Effort,
  opened: Setup[],
): Promise<Measure[]> {
  const setup = await Setup.open(postgres, 100)
  opened.push(setup)
  const product = await setup.product()
  const run = async () => {
    await put(product, { connections: CONNECTIONS, requests: loads, headers: BROWSER })
    await put(product, { connections: CONNECTIONS, requests: adds, adds: true })
    return { mb: residentMb(product.pid) }
  }
  return [
    { name: 'memory', run },
    { name: 'memory, later', run },
  ]
}

interface Crowd extends Pick<Effort, 'seconds'> {
  readonly connections?: number
  readonly requests?: number
}

function crowd({ seconds }: Effort, length: number): Crowd {
  if (length <= TUTORIAL_CROWD) return { seconds }
  return length > 100_000 ? { seconds, connections: 1, requests: 2 } : { seconds, connections: 2 }
}

function loads(name: string, target: Target, { seconds, ...crowd }: Crowd, headers = {}): Measure {
  const load = { connections: CONNECTIONS, seconds, ...pick(crowd), headers: { ...BROWSER, ...headers } }
  return { name, run: () => put(target, load) }
}

/** Loads by visitors who have the page already. */
function unchanged(name: string, target: Target, { seconds }: Effort): Measure {
  const run = async () => {
    const { headers } = await fetch(target.url, { headers: { ...BROWSER, 'accept-encoding': 'identity' } })
    const known = { ...BROWSER, 'if-none-match': headers.get('etag') ?? '' }
    return await put(target, { connections: CONNECTIONS, seconds, headers: known })
  }
  return { name, run }
}

function adds(name: string, setup: Setup, target: Target, { seconds, ...crowd }: Crowd): Measure {
  const load = { connections: CONNECTIONS, seconds, ...pick(crowd), adds: true }
  const run = () =>
    setup.trimmed(async () => {
      const before = sum(setup.cpuUs(target))
      const rate = await put(target, load)
      return { ...rate, totalCpuUs: (sum(setup.cpuUs(target)) - before) / rate.requests }
    })
  return { name, run }
}

/** The bytes between web server and memcached for a page load. Version checks add none. */
function bytesOfHits(name: string, setup: Setup, target: Target, { seconds }: Effort): Measure {
  const run = async () => {
    const before = await setup.memcachedBytes()
    const { requests } = await put(target, { connections: 1, seconds, headers: BROWSER })
    return { memcachedBytes: ((await setup.memcachedBytes()) - before) / requests }
  }
  return { name, run }
}

function sum(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((total, part) => total + part, 0)
}

function pick({ connections, requests }: Omit<Crowd, 'seconds'>) {
  return { ...(connections && { connections }), ...(requests && { requests }) }
}

function single(name: string, setup: Setup, target: Target, { singleAdds }: Effort): Measure {
  const run = async () => ({
    ms: median(await setup.trimmed(() => addOneByOne(target, singleAdds))),
  })
  return { name, run }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}
