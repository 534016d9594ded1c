import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { FLOODS } from '../support/floods.js'
import type { WebProcess } from '../support/webProcess.js'
import { add, load, remove } from './client.js'
import { startReadyWeb, useServers } from './useServers.js'

const LOADS = 30
const FLOODER = ['--import', './test/support/typescript.js', 'test/support/flooder.ts']
/** Half of a machine of 512 MB. */
const MAX_MIB = 250

let web: WebProcess
let flooder: ChildProcess

afterAll(() => web.stop())

useServers()

beforeAll(async () => {
  web = await startReadyWeb({ OPERATOR_PASSWORD: 'right', LOG_LEVEL: 'warn' })
  for (let i = 0; i < 200; i++) await add(web.url, `item ${i}`)
})

afterEach(async () => {
  flooder.kill()
  if (flooder.exitCode === null && flooder.signalCode === null) await once(flooder, 'exit')
})

test.each(FLOODS)(
  'under a flood of $name all others are served, with the current queue, and their writes are made',
  async ({ name }) => {
    const { port } = new URL(web.url)
    flooder = spawn(process.execPath, [...FLOODER, name, port], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(flooder.stdout as NonNullable<ChildProcess['stdout']>, 'data') // it says that it has begun
    for (let i = 0; i < LOADS; i++) {
      const { version } =
        i % 10 === 0 ? await (i % 20 === 0 ? add(web.url, 'b') : remove(web.url)) : { version: 0 }
      const page = await load(web.url)
      expect(page.current).toBe(true)
      expect(page.version).toBeGreaterThanOrEqual(version)
    }
    expect(flooder.exitCode).toBeNull()
    expect(residentMiB()).toBeLessThan(MAX_MIB)
  },
)

function residentMiB(): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${web.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
