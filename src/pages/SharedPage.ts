import type { Response } from 'express'
import { CONTENT_TYPE, type Encoding, encodingFor, knownEtag } from '../requests/negotiation.js'
import { compressed, PAGE_QUALITY } from './compressed.js'
import { madeOnce } from './madeOnce.js'

interface Representation {
  readonly body: Buffer
  /** Name and value in turn, as `writeHead` takes them. */
  readonly headers: string[]
}

/** With each answer, 304 included. */
const CACHING = ['Cache-Control', 'no-cache', 'Vary', 'Accept, Accept-Encoding']

/** A page as it is sent, with its headers: each encoding is made once, when it is first asked for. */
export class SharedPage {
  readonly #type: 'html' | 'json'
  readonly #name: string
  readonly #plain: Representation
  readonly #mayCompress: () => boolean
  readonly #compressed = new Map<Encoding, Promise<Representation>>()

  /** @param mayCompress asked before each compression; if not, the page is sent uncompressed */
  constructor(type: 'html' | 'json', name: string, text: string, mayCompress: () => boolean) {
    this.#type = type
    this.#name = name
    this.#mayCompress = mayCompress
    this.#plain = this.#represent('identity', Buffer.from(text))
  }

  /** Answers with it, or with 304 if the visitor has it already, in any encoding. */
  async send(response: Response): Promise<void> {
    const encoding = encodingFor(response.req)
    const known = knownEtag(response.req, [this.#etag(encoding), this.#etag('identity')])
    if (known !== undefined) {
      response.writeHead(304, [...CACHING, 'ETag', known]).end()
      return
    }
    const { headers, body } = encoding === 'identity' ? this.#plain : await this.#in(encoding)
    response.writeHead(200, headers).end(body)
  }

  async #in(encoding: 'br' | 'gzip'): Promise<Representation> {
    if (!this.#compressed.has(encoding) && !this.#mayCompress()) return this.#plain
    return await madeOnce(this.#compressed, encoding, async () =>
      this.#represent(encoding, await compressed(this.#plain.body, encoding, PAGE_QUALITY)),
    )
  }

  #represent(encoding: Encoding, body: Buffer): Representation {
    const headers = [
      ...CACHING,
      ...['Content-Type', CONTENT_TYPE[this.#type]],
      ...['Content-Length', String(body.length)],
      ...['ETag', this.#etag(encoding)],
    ]
    if (encoding !== 'identity') headers.push('Content-Encoding', encoding)
    return { body, headers }
  }

  #etag(encoding: Encoding): string {
    return encoding === 'identity' ? `"${this.#name}"` : `"${this.#name}-${encoding}"`
  }
}
