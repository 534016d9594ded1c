import { POSTGRES_URL_VARIABLE } from '../support/database.js'
import { runCommand } from '../support/webProcess.js'
import type { Held } from './brokenConnections.js'

const BREAK_CONNECTIONS = 'node --import ./test/support/typescript.js test/slow/brokenConnections.ts'
/** For all 1,000: less than one forgotten connection in ten would hold, with its listeners and buffers. */
const TOLERATED_BYTES = 2 ** 20

test('1,000 broken connections to memcached and Postgres leave no socket, timer, listener or memory behind', async () => {
  const { code, stdout, stderr } = await runCommand(BREAK_CONNECTIONS, {
    [POSTGRES_URL_VARIABLE]: String(process.env[POSTGRES_URL_VARIABLE]),
  })

  expect(stderr).not.toContain('EventEmitter memory leak')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const { before, after } = JSON.parse(stdout) as { before: Held; after: Held }
  expect(after.sockets).toBeLessThanOrEqual(before.sockets)
  expect(after.timers).toBeLessThanOrEqual(before.timers)
  expect(after.socketObjects - before.socketObjects).toBeLessThan(50)
  expect(after.bytes - before.bytes).toBeLessThan(TOLERATED_BYTES)
}, 300_000)
