import { readFileSync } from 'node:fs'
import { FLOODS } from '../support/floods.js'
import { until } from '../support/poll.js'
import { RunningProcess } from '../support/RunningProcess.js'
import type { WebProcess } from '../support/webProcess.js'
import { add, load, remove } from './client.js'
import { startReadyWeb, useServers } from './useServers.js'

const LOADS = 30
const FLOODER = ['--import', './test/support/typescript.js', 'test/support/flooder.ts']
/** Half of a machine of 512 MB. */
const MAX_MIB = 250

let web: WebProcess
let flooder: RunningProcess

afterAll(() => web.stop())

useServers()

beforeAll(async () => {
  web = await startReadyWeb({ OPERATOR_PASSWORD: 'right', LOG_LEVEL: 'warn' })
  for (let i = 0; i < 200; i++) await add(web.url, `item ${i}`)
})

afterEach(async () => void (await flooder.kill()))

test.each(FLOODS)(
  'under a flood of $name all others are served, with the current queue, and their writes are made',
  async ({ name }) => {
    const { port } = new URL(web.url)
    flooder = await RunningProcess.start(process.execPath, [...FLOODER, name, port], { env: process.env })
    await until('it says that it has begun', () => flooder.stdout.length > 0)
    for (let i = 0; i < LOADS; i++) {
      const { version } =
        i % 10 === 0 ? await (i % 20 === 0 ? add(web.url, 'b') : remove(web.url)) : { version: 0 }
      const page = await load(web.url)
      expect(page.current).toBe(true)
      expect(page.version).toBeGreaterThanOrEqual(version)
    }
    expect(flooder.hasExited).toBe(false)
    expect(residentMiB()).toBeLessThan(MAX_MIB)
  },
)

function residentMiB(): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${web.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
