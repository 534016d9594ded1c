import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'

/** What one client may do to take the app from all others. */
interface Flood {
  readonly name: string
  /** Begins it against the app on this port of 127.0.0.1. @returns a function that ends it */
  start(port: number): () => void
}

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const JSON_ = { Accept: 'application/json' }
const JSON_BODY = { ...JSON_, 'Content-Type': 'application/json' }
const GET = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
const LATER = (id: number) => `/?after=${1 + (id % 150)}`
const WRONG = `Basic ${Buffer.from('operator:wrong').toString('base64')}`
/** As long as the headers of a request may be. */
const MANY_ETAGS = Array.from({ length: 1_300 }, (_, i) => `"${i}-x-html"`).join(', ')

/** Ten of them. The numbers of connections are those by which each was found. */
export const FLOODS: readonly Flood[] = [
  { name: 'later pages', start: hammer(100, (i) => ({ path: LATER(i) })) },
  { name: 'HEAD of later pages', start: hammer(250, (i) => ({ method: 'HEAD', path: LATER(i) })) },
  { name: 'readyz', start: hammer(250, () => ({ path: '/readyz' })) },
  {
    name: 'big JSON bodies',
    start: hammer(50, () => ({
      method: 'POST',
      path: '/add',
      headers: JSON_BODY,
      body: '[0,'.repeat(5_400),
    })),
  },
  {
    name: 'refused texts (422)',
    start: hammer(50, () => ({
      ...{ method: 'POST', path: '/add', body: `text=${'x'.repeat(300)}` },
      headers: { Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded' },
    })),
  },
  { name: 'slow readers', start: pipeline(200, 20, false) },
  { name: 'event streams', start: reopen(500) },
  { name: 'pipelining', start: pipeline(5, 1_000, true) },
  { name: 'many ETags', start: hammer(50, () => ({ path: '/', headers: { 'If-None-Match': MANY_ETAGS } })) },
  {
    name: '/status, wrong password',
    start: hammer(50, () => ({ path: '/status', headers: { ...JSON_, Authorization: WRONG } })),
  },
]

/** Many connections, each of which asks again as soon as it is answered. */
function hammer(connections: number, ask: (count: number) => Asked): Flood['start'] {
  return (port) => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    let ended = false
    let count = 0
    const next = () => {
      if (ended) return
      const { body = '', ...asked } = ask(count++)
      request({ ...asked, port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', next))
        .on('error', () => setTimeout(next, 10)) // refused; it comes back
        .end(body)
    }
    for (let i = 0; i < connections; i++) next()
    return () => {
      ended = true
      agent.destroy()
    }
  }
}

/** Connections that send many requests at once, again and again, without waiting for the answers. */
function pipeline(connections: number, requests: number, reads: boolean): Flood['start'] {
  return (port) => {
    const open = (): Socket => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      if (reads) socket.resume()
      else socket.pause()
      const send = () =>
        void (socket.destroyed || socket.write(GET.repeat(requests), () => setImmediate(send)))
      socket.once('connect', send)
      return socket
    }
    const sockets = Array.from({ length: connections }, open)
    return () => {
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** Opens event streams, and then closes and opens them again, one after the other. */
function reopen(streams: number): Flood['start'] {
  return (port) => {
    const open = () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      return socket.resume()
    }
    const sockets = Array.from({ length: streams }, open)
    const reopening = setInterval(() => {
      sockets.shift()?.destroy()
      sockets.push(open())
    }, 2)
    return () => {
      clearInterval(reopening)
      for (const socket of sockets) socket.destroy()
    }
  }
}
