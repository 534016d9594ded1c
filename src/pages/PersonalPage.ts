import { randomUUID } from 'node:crypto'
import ejs from 'ejs'

/** What only one visitor is shown: a refused text and why, or the result of a write. */
export type Personal =
  | { readonly draft: { readonly text: string; readonly problem: string } }
  | { readonly added: { readonly text: string; readonly position: string; readonly href: string } }
  | { readonly removed: { readonly item: { readonly text: string } | null } }

type Values = Readonly<Record<string, string>>

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

  constructor(html: string) {
    const parts = html.split(BLANKS)
    this.#pieces = parts.flatMap((text, index) =>
      index % 2 === 0 ? [{ bytes: Buffer.from(text), blank: parts[index + 1] }] : [],
    )
  }

  /** The bytes of the page in several parts. The long ones are shared by all visitors. */
  fill(personal: Personal): Buffer[] {
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

function valuesOf(personal: Personal): Values {
  if ('draft' in personal) return personal.draft
  if ('added' in personal) return personal.added
  return personal.removed.item ? { text: personal.removed.item.text } : {}
}
