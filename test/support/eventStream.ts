import { get, type IncomingMessage } from 'node:http'

interface Change {
  readonly id: string
  readonly data: { readonly version: number; readonly length: number }
}

/** A client of `GET /events`. */
export async function listenToEvents(url: string) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/events`, { agent: false }, resolve).on('error', reject)
  })
  const stream = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    /** All that came as `event: queue`. */
    changes: [] as Change[],
    /** The `current` events: whether Postgres can be reached. */
    currents: [] as boolean[],
    /** The releases named by `release` events. */
    releases: [] as string[],
    /** How many beats came. */
    beats: 0,
    /** Settles when the server has ended the stream. */
    ended: new Promise<void>((resolve) => response.once('close', resolve)),
    close: () => void response.destroy(),
  }
  let unread = ''
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (unread + text).split('\n\n')
    unread = blocks.pop() ?? ''
    for (const block of blocks) read(block)
  })
  response.on('error', () => {}) // an end that was asked for
  return stream

  function read(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
    const data = JSON.parse(field('data'))
    if (field('event') === 'queue') stream.changes.push({ id: field('id'), data })
    else if (field('event') === 'current') stream.currents.push(data.current)
    else if (field('event') === 'release') stream.releases.push(data.assets)
    else if (field('event') === 'beat') stream.beats++
    else throw new Error(`An event of an unknown kind: ${block}`)
  }
}
