import type { Socket } from 'node:net'
import { startTcpServer } from '../support/tcpServer.js'

/** https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped */
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

/** Answers with the status that a test wants, because a real memcached doesn't give it on request. */
export class ScriptedMemcache {
  readonly port: number
  /** By opcode; others are answered with "not found". */
  readonly statuses = new Map([[OPCODE.add, STATUS.exists]])
  /** Goes with each answer, unless one is set for the opcode. */
  token = 1
  readonly tokens = new Map<number, number>()
  /** The opcodes of all requests. */
  readonly requests: number[] = []

  /** Starts one. It ends with the test. */
  static async start(): Promise<ScriptedMemcache> {
    const port = await startTcpServer((socket) => scripted.#serve(socket))
    const scripted = new ScriptedMemcache(port)
    return scripted
  }

  private constructor(port: number) {
    this.port = port
  }

  #serve(socket: Socket): void {
    let received = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= HEADER_BYTES) {
        const length = HEADER_BYTES + received.readUInt32BE(8)
        if (received.length < length) return
        socket.write(this.#answer(received))
        received = received.subarray(length)
      }
    })
  }

  #answer(request: Buffer): Buffer {
    const answer = Buffer.alloc(HEADER_BYTES)
    const opcode = request.readUInt8(1)
    this.requests.push(opcode)
    answer.writeUInt8(0x81, 0)
    answer.writeUInt8(opcode, 1)
    answer.writeUInt16BE(this.statuses.get(opcode) ?? STATUS.notFound, 6)
    request.copy(answer, 12, 12, 16) // the number of the request
    answer.writeUInt8(this.tokens.get(opcode) ?? this.token, HEADER_BYTES - 1)
    return answer
  }
}
