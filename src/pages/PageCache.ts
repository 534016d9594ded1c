import { createHash } from 'node:crypto'
import { MAX_TEXT_LENGTH } from '../queue/itemText.js'
import type { PageLoad, Snapshot } from '../queue/Queue.js'
import type { Encoding } from '../requests/negotiation.js'
import { ASSETS_PATH, fingerprint, PUBLIC, VIEWS } from './assets.js'
import { compressed } from './compressed.js'
import { formatNumber } from './formatNumber.js'
import { type Personal, PersonalPage, withBlanks } from './PersonalPage.js'
import { PAGE_QUALITY, SharedPage } from './SharedPage.js'

/** The bytes of a page for one visitor, sent once. */
export interface PersonalBytes {
  readonly parts: readonly Buffer[]
  readonly encoding: Encoding
}

type Render = (view: string, locals: object) => Promise<string>
interface PageVariant {
  readonly type: 'html' | 'json'
  /** The id after which the page begins; undefined on the front page. */
  readonly after: number | undefined
}

/** A release may change how the same queue looks, so ETags name both the queue's version and this one. */
const APPEARANCE_VERSION = fingerprint(VIEWS, PUBLIC)
/** Compressing takes ten times as long as sending, so a page that changes more often is sent uncompressed. */
const COMPRESS_EVERY_MS = 20

/** Values that every view gets. */
export const VIEW_DEFAULTS = { assets: ASSETS_PATH, formatNumber, maxTextLength: MAX_TEXT_LENGTH }

/** Renders each snapshot once. Its page is the same for everybody, and stays in memory as long as the snapshot. */
export class PageCache {
  readonly #shared = new WeakMap<Snapshot, Map<string, Promise<SharedPage>>>()
  readonly #personal = new WeakMap<Snapshot, Map<string, Promise<PersonalPage>>>()
  readonly #render: Render
  #compressedAtMs = Number.NEGATIVE_INFINITY

  constructor(render: Render) {
    this.#render = render
  }

  page({ snapshot, current }: PageLoad, { type, after }: PageVariant): Promise<SharedPage> {
    const variants = this.#shared.get(snapshot) ?? new Map<string, Promise<SharedPage>>()
    this.#shared.set(snapshot, variants)
    const name = `${type}${current ? '' : '-last-known'}${after === undefined ? '' : `-${after}`}`
    const page = variants.get(name) ?? this.#make(type, name, { snapshot, current }, after)
    variants.set(name, page)
    return page
  }

  /** The front page with what only this visitor is shown, in that encoding if there is time to compress it. */
  async forOne(
    { snapshot, current }: PageLoad,
    personal: Personal,
    encoding: Encoding,
  ): Promise<PersonalBytes> {
    const { kind, locals } = withBlanks(personal)
    const variants = this.#personal.get(snapshot) ?? new Map<string, Promise<PersonalPage>>()
    this.#personal.set(snapshot, variants)
    const name = `${kind}-${current}`
    const page =
      variants.get(name) ??
      this.#html(snapshot, current, undefined, locals).then((html) => new PersonalPage(html))
    variants.set(name, page)
    const parts = (await page).fill(personal)
    if (encoding === 'identity' || !this.#mayCompress()) return { parts, encoding: 'identity' }
    return { parts: [await compressed(Buffer.concat(parts), encoding, PAGE_QUALITY)], encoding }
  }

  async #make(
    type: 'html' | 'json',
    name: string,
    load: PageLoad,
    after: number | undefined,
  ): Promise<SharedPage> {
    const { snapshot, current } = load
    const text = type === 'json' ? toJson(load) : await this.#html(snapshot, current, after)
    const content = `${snapshot.version}-${hashOf(snapshot.origin)}-${snapshot.items.length}`
    const fullName = `${content}-${name}-${APPEARANCE_VERSION}`
    return new SharedPage(type, fullName, text, () => this.#mayCompress())
  }

  #mayCompress(): boolean {
    const nowMs = performance.now()
    if (nowMs < this.#compressedAtMs + COMPRESS_EVERY_MS) return false
    this.#compressedAtMs = nowMs
    return true
  }

  async #html(
    page: Snapshot,
    current: boolean,
    after: number | undefined,
    personal?: Personal,
  ): Promise<string> {
    const nothing = { draft: undefined, added: undefined, removed: undefined }
    return await this.#render('index', { page, current, after, ...nothing, ...personal })
  }
}

/** Visitors need not know the identity of the database itself. */
function hashOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex').slice(0, 8)
}

function toJson({ snapshot, current }: PageLoad): string {
  const { version, length, items, next } = snapshot
  return JSON.stringify({ version, length, items, next: next === null ? null : `/?after=${next}`, current })
}
