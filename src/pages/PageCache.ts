import { createHash } from 'node:crypto'
import type { Response } from 'express'
import { MAX_TEXT_LENGTH } from '../queue/itemText.js'
import type { PageLoad, Snapshot } from '../queue/Queue.js'
import { ASSETS_PATH, fingerprint, PUBLIC, VIEWS } from './assets.js'
import { formatNumber } from './formatNumber.js'
import { madeOnce } from './madeOnce.js'
import { type Personal, PersonalPage, withBlanks } from './PersonalPage.js'
import { SharedPage } from './SharedPage.js'

interface PageVariant {
  readonly type: 'html' | 'json'
  /** The id after which the page begins; undefined on the front page. */
  readonly after: number | undefined
}

type Render = (view: string, locals: object) => Promise<string>
/** What is made of each snapshot, by name. It stays in memory as long as the snapshot. */
type MadeOf<Page> = WeakMap<Snapshot, Map<string, Promise<Page>>>

/** A release may change how the same queue looks, so ETags name both the queue's version and this one. */
const APPEARANCE_VERSION = fingerprint(VIEWS, PUBLIC)
/** Compressing takes ten times as long as sending, so a page that changes more often is sent uncompressed. */
const COMPRESS_EVERY_MS = 20

/** Values that every view gets. */
export const VIEW_DEFAULTS = { assets: ASSETS_PATH, formatNumber, maxTextLength: MAX_TEXT_LENGTH }

/** Answers with pages. Each snapshot is rendered once, because its page is the same for everybody. */
export class PageCache {
  readonly #shared: MadeOf<SharedPage> = new WeakMap()
  readonly #personal: MadeOf<PersonalPage> = new WeakMap()
  readonly #render: Render
  #compressedAtMs = Number.NEGATIVE_INFINITY

  constructor(render: Render) {
    this.#render = render
  }

  async send(response: Response, load: PageLoad, { type, after }: PageVariant): Promise<void> {
    const { snapshot, current } = load
    const name = `${type}${current ? '' : '-last-known'}${after === undefined ? '' : `-${after}`}`
    const page = await madeOnce(pagesOf(this.#shared, snapshot), name, async () => {
      const text = type === 'json' ? toJson(load) : await this.#html(load, { after })
      return new SharedPage(
        type,
        `${contentOf(snapshot)}-${name}-${APPEARANCE_VERSION}`,
        text,
        this.#mayCompress,
      )
    })
    await page.send(response)
  }

  /** Answers with the front page, and with what only this visitor is shown. */
  async sendPersonal(response: Response, load: PageLoad, personal: Personal): Promise<void> {
    const { kind, locals } = withBlanks(personal)
    const name = `${kind}-${load.current}`
    const page = await madeOnce(pagesOf(this.#personal, load.snapshot), name, async () => {
      return new PersonalPage(await this.#html(load, locals), this.#mayCompress)
    })
    await page.send(response, personal)
  }

  async #html({ snapshot, current }: PageLoad, locals: object): Promise<string> {
    const defaults = { after: undefined, draft: undefined, added: undefined, removed: undefined }
    return await this.#render('index', { page: snapshot, current, ...defaults, ...locals })
  }

  readonly #mayCompress = (): boolean => {
    const nowMs = performance.now()
    if (nowMs < this.#compressedAtMs + COMPRESS_EVERY_MS) return false
    this.#compressedAtMs = nowMs
    return true
  }
}

function pagesOf<Page>(made: MadeOf<Page>, snapshot: Snapshot): Map<string, Promise<Page>> {
  const pages = made.get(snapshot) ?? new Map<string, Promise<Page>>()
  made.set(snapshot, pages)
  return pages
}

/** A name for what the page shows. Visitors need not know the identity of the database itself. */
function contentOf({ version, origin, items }: Snapshot): string {
  const originHash = createHash('sha256').update(origin).digest('hex').slice(0, 8)
  return `${version}-${originHash}-${items.length}`
}

function toJson({ snapshot, current }: PageLoad): string {
  const { version, length, items, next } = snapshot
  return JSON.stringify({ version, length, items, next: next === null ? null : `/?after=${next}`, current })
}
