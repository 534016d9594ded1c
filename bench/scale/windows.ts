import { Agent, get, type IncomingMessage } from 'node:http'
import type { Target } from '../load.js'

/** Opens this many event streams, which run until they are closed. */
export async function listen({ url }: Target, count: number): Promise<{ close(): void }> {
  const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
  const responses: IncomingMessage[] = []
  for (let i = 0; i < count; i++) responses.push(await open(`${url}/events`, agent))
  return {
    close() {
      for (const response of responses) response.destroy()
    },
  }
}

function open(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.on('error', () => {}) // it was closed on purpose
      response.resume()
      resolve(response)
    }).on('error', reject)
  })
}
