import memjs from 'memjs'

const OPCODE = { get: 0x00, set: 0x01 }
const STATUS = { ok: 0, notFound: 1, exists: 2 }
/** No flags, and no expiry. */
const EXTRAS = Buffer.alloc(8)
/** The offset of the token in a request's header. */
const TOKEN_OFFSET = 16

export interface Found {
  readonly value: Buffer
  /** The server's number for what it holds. */
  readonly token: Buffer
}

interface Answer {
  readonly header: { readonly status: number; readonly cas: Buffer }
  readonly val: Buffer
}

/** memjs without its console log, with the two operations that it lacks. */
export class MemcacheWithCas extends memjs.Client {
  constructor(servers: string | undefined) {
    super(memjs.Client.create(servers).servers, { logger: { log: () => {} } })
  }

  async gets(key: string): Promise<Found | undefined> {
    const { header, val } = await this.#send(OPCODE.get, key, '', '')
    return header.status === STATUS.ok ? { value: val, token: header.cas } : undefined
  }

  /** Stores only if the entry still has this token. @returns whether it did */
  async cas(key: string, value: string, token: Buffer): Promise<boolean> {
    const { header } = await this.#send(OPCODE.set, key, EXTRAS, value, token)
    if (header.status === STATUS.exists || header.status === STATUS.notFound) return false
    if (header.status !== STATUS.ok) throw new Error(`memcache answered with status ${header.status}`)
    return true
  }

  #send(
    opcode: number,
    key: string,
    extras: Buffer | string,
    value: string,
    token?: Buffer,
  ): Promise<Answer> {
    this.incrSeq()
    const { seq } = this
    const request = memjs.Utils.makeRequestBuffer(opcode, key, extras, value, seq)
    token?.copy(request, TOKEN_OFFSET)
    return new Promise((resolve, reject) => {
      this.perform(key, request, seq, (error, answer: Answer) => {
        if (error) reject(error)
        else resolve(answer)
      })
    })
  }
}
