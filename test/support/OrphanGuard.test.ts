import { existsSync } from 'node:fs'
import { until } from './poll.js'
import { isRunning, processTree } from './processTree.js'
import { RunningProcess } from './RunningProcess.js'

// The processes that a crashing test run would leave behind. One of them is stopped (SIGSTOP).
const PROGRAM = `
  import { startMemcached } from './test/support/memcached.ts'
  import { startPostgres } from './test/support/postgres.ts'
  const memcached = await startMemcached()
  const postgres = await startPostgres()
  const folder = postgres.folder
  postgres.pause()
  console.log(JSON.stringify({ pids: [memcached.pid, postgres.pid], folder }))
  setInterval(() => {}, 1000)`

const CLEANUP_DEADLINE_MS = 20_000

it.each(['SIGKILL', 'SIGINT'] as const)('leaves nothing behind when the run ends by %s', async (signal) => {
  const args = ['--import', './test/support/typescript.js', '--input-type=module', '--eval', PROGRAM]
  const run = await RunningProcess.start(process.execPath, args, { env: process.env })
  await run.ready(async () => run.stdout.length > 0)
  const { pids, folder } = JSON.parse(run.stdout[0] ?? '') as { pids: number[]; folder: string }
  const servers = pids.flatMap(processTree).filter(isRunning)
  expect(servers).toEqual(expect.arrayContaining(pids))
  expect(existsSync(folder)).toBe(true)

  run.signal(signal)
  expect(await run.exited).toEqual({ code: null, signal })
  await until('all servers are gone', () => !servers.some(isRunning), CLEANUP_DEADLINE_MS)
  await until('their data is gone', () => !existsSync(folder), CLEANUP_DEADLINE_MS)
})
