import { startTcpServer } from '../support/tcpServer.js'

/** Not those of src/, where a wrong number would else go unseen. https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped */
export const OPCODE = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  delete: 0x04,
  increment: 0x05,
  listMechanisms: 0x20,
  touch: 0x1c,
  signIn: 0x21,
}
export const STATUS = { ok: 0x00, notFound: 0x01, exists: 0x02, signInFailed: 0x20, unknownCommand: 0x81 }

const HEADER_BYTES = 24

export type ScriptedMemcache = Awaited<ReturnType<typeof startScriptedMemcache>>

/**
 * Starts a server that answers with the status that a test wants, because a real memcached doesn't give it on request.
 * It ends with the test.
 */
export async function startScriptedMemcache() {
  const scripted = {
    /** By opcode; others are answered with "not found". */
    statuses: new Map([[OPCODE.add, STATUS.exists]]),
    /** Goes with each answer, unless one is set for the opcode. */
    token: 1,
    tokens: new Map<number, number>(),
    /** The opcodes of all requests. */
    requests: [] as number[],
  }

  function answerTo(request: Buffer): Buffer {
    const answer = Buffer.alloc(HEADER_BYTES)
    const opcode = request.readUInt8(1)
    scripted.requests.push(opcode)
    answer.writeUInt8(0x81, 0)
    answer.writeUInt8(opcode, 1)
    answer.writeUInt16BE(scripted.statuses.get(opcode) ?? STATUS.notFound, 6)
    request.copy(answer, 12, 12, 16) // the number of the request
    answer.writeUInt8(scripted.tokens.get(opcode) ?? scripted.token, HEADER_BYTES - 1)
    return answer
  }

  const port = await startTcpServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= HEADER_BYTES) {
        const length = HEADER_BYTES + received.readUInt32BE(8)
        if (received.length < length) return
        socket.write(answerTo(received))
        received = received.subarray(length)
      }
    })
  })
  return Object.assign(scripted, { port })
}
