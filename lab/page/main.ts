import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Experiment } from '../run/Experiment.js'
import { Servers } from '../servers/Servers.js'
import { Board } from './Board.js'
import { Conductor } from './Conductor.js'
import { createPage, RATES } from './createPage.js'
import { Streams } from './Streams.js'

/** Ends a lab that somebody forgot. */
const MAX_RUN_MS = 2 * 60 * 60 * 1_000

/** Starts everything, serves the page, and ends everything on Ctrl-C or after two hours. */
export async function showPage(port = 0): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  console.log('Starting Postgres, memcached and twelve web processes …')
  const servers = await Servers.start()
  const experiment = new Experiment(servers, RATES[1])
  const conductor = new Conductor(experiment)
  const board = new Board(servers, experiment)
  const streams = new Streams(board, conductor)
  const server = createPage({ board, conductor, experiment, streams }).listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    experiment.begin()
    const failed = new Promise((_, reject) => streams.begin(reject))
    const { port: own } = server.address() as AddressInfo
    console.log(`Open http://127.0.0.1:${own}/ (Ctrl-C ends it)`)
    await Promise.race([stopped, failed, pause(MAX_RUN_MS, undefined, { ref: false })])
  } finally {
    await conductor.stop()
    await streams.end()
    server.close()
    server.closeAllConnections()
    await experiment.end()
    await servers.stop()
  }
}
