import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createMigratedDatabase } from '../support/database.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { procfileCommand, startWebCommand, type WebProcess } from '../support/webProcess.js'
import { load } from './client.js'

const MAX_OPEN_FILES = 200

useDatabase(createMigratedDatabase)

test('a process that may open few files serves others while one address holds as many connections as it can', async () => {
  const command = `sh -c 'ulimit -n ${MAX_OPEN_FILES}; exec ${procfileCommand('web')}'`
  const web = await startWebCommand(command, { DATABASE_URL: database.url })
  const held = await holdConnections(web, 2 * MAX_OPEN_FILES)
  try {
    for (let visit = 0; visit < 5; visit++) expect((await load(web.url)).current).toBe(true)
  } finally {
    for (const socket of held) socket.destroy()
    await web.stop()
  }
})

/** Opens this many from an address of their own. Resolves when each has been accepted, or closed again. */
async function holdConnections(web: WebProcess, howMany: number): Promise<Socket[]> {
  const sockets = Array.from({ length: howMany }, () => {
    const socket = connect({
      port: Number(new URL(web.url).port),
      host: '127.0.0.1',
      localAddress: '127.0.0.2',
    })
    socket.on('error', () => {}) // refused or closed: that is right
    return socket.resume()
  })
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])))
  await web.isHealthy().catch(() => false) // it has dealt with all that came before
  return sockets
}
