import { once } from 'node:events'
import { connect } from 'node:net'
import memjs from 'memjs'
import type { MemcacheAddress } from '../cache/index.js'

const DEADLINE_MS = 5_000
/** https://github.com/memcached/memcached/wiki/SASLAuthProtocol */
const LIST_MECHANISMS = 0x20
const STATUS_OFFSET = 6
const HEADER_BYTES = 24
const OK = 0

/**
 * Whether a server knows SASL. A server without it lets everybody in, and ignores the password that memjs sends.
 * Not asked by memjs, which would take the answer for one to its own sign-in.
 * @throws the connection's error
 */
export async function knowsSasl({ host, port }: MemcacheAddress): Promise<boolean> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal })
    socket.write(memjs.Utils.makeRequestBuffer(LIST_MECHANISMS, '', '', '', 0))
    let answer = Buffer.alloc(0)
    while (answer.length < HEADER_BYTES) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer]
      answer = Buffer.concat([answer, chunk])
    }
    return answer.readUInt16BE(STATUS_OFFSET) === OK
  } finally {
    socket.destroy()
  }
}
