import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '../test/support/database.js'
import { FLOODS } from '../test/support/floods.js'
import { startMemcached } from '../test/support/memcached.js'
import { startTestServers, stopTestServers } from '../test/support/testServers.js'
import { procfileCommand, runCommand, startWeb, type WebProcess } from '../test/support/webProcess.js'

/**
 * What other clients notice of one client's flood: page loads of ten visitors, and writes, without a flood and under
 * each. `node --import ./test/support/typescript.js bench/floods.ts [SECONDS]`
 */
const SECONDS = Number(process.argv[2] ?? 5)
const VISITORS = 10
const PAUSE_MS = 20
const ITEMS = 200
const WARM_UP_MS = 1_000
const FLOODER = fileURLToPath(new URL('../test/support/flooder.ts', import.meta.url))
const TYPESCRIPT = fileURLToPath(new URL('../test/support/typescript.js', import.meta.url))

const agent = new Agent({ keepAlive: true })

interface Seen {
  readonly loadsMs: number[]
  readonly writesMs: number[]
  notCurrent: number
  failed: number
}

await startTestServers()
const database = await createDatabase()
const memcached = await startMemcached()
const env = {
  ...{ DATABASE_URL: database.url, MEMCACHIER_SERVERS: memcached.address },
  ...{ OPERATOR_PASSWORD: 'right', LOG_LEVEL: 'silent', WRITE_LIMIT_PER_MINUTE: '0' },
}
await runCommand(procfileCommand('release'), env)
console.log(
  '| flood | loads | p50 ms | p99 ms | p99 ÷ calm | writes p99 ms | current: false | failed | MiB |',
)
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
for (const { name } of FLOODS) await measure(name)
await memcached.kill()
await database.drop()
await stopTestServers()

/** A new process for each flood, so that one flood does not affect the next. */
async function measure(name: string): Promise<void> {
  const web = await startWeb(env)
  for (let i = 0; i < (FLOODS[0]?.name === name ? ITEMS : 0); i++)
    await write(web, '/add', { text: `item ${i}` })
  await visit(web, WARM_UP_MS)
  const calm = await visit(web, SECONDS * 1_000)
  const flooder = spawn(process.execPath, ['--import', TYPESCRIPT, FLOODER, name, new URL(web.url).port], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await delay(WARM_UP_MS)
  const flooded = await visit(web, SECONDS * 1_000)
  const memoryMiB = residentMiB(web)
  await end(flooder)
  await web.stop()
  print(`${name}: calm`, calm, calm)
  print(name, flooded, calm, memoryMiB)
}

async function visit(web: WebProcess, ms: number): Promise<Seen> {
  const seen: Seen = { loadsMs: [], writesMs: [], notCurrent: 0, failed: 0 }
  const untilMs = performance.now() + ms
  const repeat = async (act: () => Promise<void>) => {
    while (performance.now() < untilMs) {
      await act().catch(() => seen.failed++)
      await delay(PAUSE_MS)
    }
  }
  const load = async () => {
    const beganAtMs = performance.now()
    const { status, text } = await ask(web, 'GET', '/')
    seen.loadsMs.push(performance.now() - beganAtMs)
    if (status !== 200) seen.failed++
    else if (!JSON.parse(text).current) seen.notCurrent++
  }
  const change = async () => {
    for (const [path, body] of [['/add', { text: 'a' }] as const, ['/remove', {}] as const]) {
      const beganAtMs = performance.now()
      if ((await write(web, path, body)) >= 300) seen.failed++
      seen.writesMs.push(performance.now() - beganAtMs)
    }
  }
  await Promise.all([...Array(VISITORS).fill(load), change].map(repeat))
  return seen
}

async function write(web: WebProcess, path: string, body: object): Promise<number> {
  return (await ask(web, 'POST', path, JSON.stringify(body))).status
}

async function ask(web: WebProcess, method: string, path: string, body = '') {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
  const asked = request(web.url + path, { method, headers, agent }).end(body)
  const [response] = await once(asked, 'response')
  return { status: Number(response.statusCode), text: await readText(response) }
}

function print(
  name: string,
  { loadsMs, writesMs, notCurrent, failed }: Seen,
  calm: Seen,
  memory?: number,
): void {
  const p99 = percentile(loadsMs, 99)
  const times = p99 / percentile(calm.loadsMs, 99)
  const metrics = [loadsMs.length, percentile(loadsMs, 50).toFixed(1), p99.toFixed(1), times.toFixed(1)]
  const others = [percentile(writesMs, 99).toFixed(1), notCurrent, failed, memory?.toFixed(0) ?? '']
  console.log(`| ${[name, ...metrics, ...others].join(' | ')} |`)
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

function residentMiB({ pid }: WebProcess): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

async function end(process: ChildProcess): Promise<void> {
  process.kill()
  await once(process, 'exit')
}
