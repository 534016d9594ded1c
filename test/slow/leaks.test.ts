import { POSTGRES_URL_VARIABLE } from '../support/database.js'
import { runCommand } from '../support/webProcess.js'

const BREAK_CONNECTIONS = 'node --import ./test/support/typescript.js test/slow/brokenConnections.ts'

test('1,000 broken connections to memcached and Postgres leave no socket, timer, listener or memory behind', async () => {
  const { code, stderr } = await runCommand(BREAK_CONNECTIONS, {
    [POSTGRES_URL_VARIABLE]: String(process.env[POSTGRES_URL_VARIABLE]),
  })

  expect(stderr).not.toContain('EventEmitter memory leak') // Node's warning of too many listeners
  expect({ code, stderr }).toMatchObject({ code: 0 })
}, 300_000)
