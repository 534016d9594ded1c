import { randomUUID } from 'node:crypto'
import ejs from 'ejs'
import type { Response } from 'express'
import { CONTENT_TYPE, encodingFor } from '../requests/negotiation.js'
import { compressed, PAGE_QUALITY } from './compressed.js'

/** What only one visitor is shown: a refused text and why, or the result of a write. */
export type Personal =
  | { readonly draft: { readonly text: string; readonly problem: string } }
  | { readonly added: { readonly text: string; readonly position: string; readonly href: string } }
  | { readonly removed: { readonly item: { readonly text: string } | null } }

/** Part of each blank's name. Nobody can guess it, so no item's text can hold a blank. */
const SECRET = randomUUID()
const BLANKS = new RegExp(`${SECRET}-([a-z]+)-`)

/**
 * A page that is rendered once with blanks, which are filled in for each visitor. Rendering a thousand items again for
 * each visitor would delay all others.
 */
export class PersonalPage {
  /** The page's own bytes, each piece with the name of the blank that follows it. */
  readonly #pieces: readonly { readonly bytes: Buffer; readonly blank: string | undefined }[]
  readonly #mayCompress: () => boolean

  constructor(html: string, mayCompress: () => boolean) {
    const parts = html.split(BLANKS)
    this.#pieces = parts.flatMap((text, index) =>
      index % 2 === 0 ? [{ bytes: Buffer.from(text), blank: parts[index + 1] }] : [],
    )
    this.#mayCompress = mayCompress
  }

  /** Answers with the page for one visitor, which must not be stored. */
  async send(response: Response, personal: Personal): Promise<void> {
    const headers = ['Cache-Control', 'no-store', 'Vary', 'Accept, Accept-Encoding']
    let parts = this.#fill(personal)
    const encoding = encodingFor(response.req)
    if (encoding !== 'identity' && this.#mayCompress()) {
      parts = [await compressed(Buffer.concat(parts), encoding, PAGE_QUALITY)]
      headers.push('Content-Encoding', encoding)
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    headers.push('Content-Type', CONTENT_TYPE.html, 'Content-Length', String(length))
    response.writeHead(response.statusCode, headers)
    response.cork() // sent in one piece, without copying the long parts, which are shared
    for (const part of parts) response.write(part)
    response.uncork()
    response.end()
  }

  /** The bytes of the page in several parts. The long ones are shared by all visitors. */
  #fill(personal: Personal): Buffer[] {
    const values = valuesOf(personal)
    return this.#pieces.flatMap(({ bytes, blank }) =>
      blank === undefined ? [bytes] : [bytes, Buffer.from(ejs.escapeXML(values[blank] ?? ''))],
    )
  }
}

/** The same with blanks for values, to be rendered. @returns also a name, the same for the same set of blanks */
export function withBlanks(personal: Personal): { readonly kind: string; readonly locals: Personal } {
  const blanks = Object.fromEntries(
    Object.keys(valuesOf(personal)).map((name) => [name, `${SECRET}-${name}-`]),
  )
  const { text = '', problem = '', position = '', href = '' } = blanks
  if ('draft' in personal) return { kind: 'draft', locals: { draft: { text, problem } } }
  if ('added' in personal) return { kind: 'added', locals: { added: { text, position, href } } }
  if (personal.removed.item === null) return { kind: 'none-removed', locals: personal }
  return { kind: 'removed', locals: { removed: { item: { text } } } }
}

function valuesOf(personal: Personal): Readonly<Record<string, string>> {
  if ('draft' in personal) return personal.draft
  if ('added' in personal) return personal.added
  return personal.removed.item ? { text: personal.removed.item.text } : {}
}
