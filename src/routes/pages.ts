import type { Response } from 'express'
import { fingerprint, PUBLIC, VIEWS } from '../assets.js'
import type { PageLoad, Snapshot } from '../queue/Queue.js'

/** What was typed and refused, and why. */
export interface Draft {
  readonly text: string
  readonly problem: string
}

/** A page as it is sent. */
export interface Representation {
  readonly type: 'html' | 'json'
  readonly etag: string
  readonly body: Buffer
}

type Render = (view: string, locals: object) => Promise<string>
interface Place {
  /** The id that the page continues behind; undefined on the front page. */
  readonly after: number | undefined
}

/** Its name changes with its contents, so it may be kept for good. */
export const ASSETS_PATH = `/assets/${fingerprint(PUBLIC)}`
/** What a page looks like changes with a release, its version does not: so the ETag names both. */
const LOOK = fingerprint(VIEWS, PUBLIC)
const numbers = new Intl.NumberFormat('en')

/** Values that every view gets. */
export const VIEW_DEFAULTS = { assets: ASSETS_PATH, formatNumber: (value: number) => numbers.format(value) }

/**
 * Turns what was loaded into what is sent, once: the same snapshot has the same page for everybody, so it is
 * kept as long as the snapshot is.
 */
export class Pages {
  readonly #kept = new WeakMap<Snapshot, Map<string, Promise<Representation>>>()
  readonly #render: Render

  constructor(render: Render) {
    this.#render = render
  }

  /** The page in one representation. */
  page(type: 'html' | 'json', { snapshot, current }: PageLoad, { after }: Place): Promise<Representation> {
    const kept = this.#kept.get(snapshot) ?? new Map<string, Promise<Representation>>()
    this.#kept.set(snapshot, kept)
    const name = `${type}${current ? '' : '-last-known'}${after === undefined ? '' : `-${after}`}`
    const page = kept.get(name) ?? this.#make(type, name, { snapshot, current }, after)
    kept.set(name, page)
    return page
  }

  /** The page with a refused text in its field; for one visitor only. */
  async withDraft({ snapshot, current }: PageLoad, draft: Draft): Promise<string> {
    return await this.#html(snapshot, current, undefined, draft)
  }

  async #make(
    type: 'html' | 'json',
    name: string,
    load: PageLoad,
    after: number | undefined,
  ): Promise<Representation> {
    const { snapshot, current } = load
    const body = type === 'json' ? toJson(load) : await this.#html(snapshot, current, after, null)
    return {
      type,
      etag: `"${snapshot.version}-${snapshot.items.length}-${name}-${LOOK}"`,
      body: Buffer.from(body),
    }
  }

  async #html(
    page: Snapshot,
    current: boolean,
    after: number | undefined,
    draft: Draft | null,
  ): Promise<string> {
    return await this.#render('index', { page, current, after: after ?? null, draft })
  }
}

function toJson({ snapshot, current }: PageLoad): string {
  const { version, length, items, next } = snapshot
  return JSON.stringify({ version, length, items, next: next === null ? null : `/?after=${next}`, current })
}

/** Answers with a page, or with 304 where the visitor has it already. */
export function sendRepresentation(response: Response, { type, etag, body }: Representation): void {
  response.set({ ETag: etag, 'Cache-Control': 'no-cache', Vary: 'Accept, Accept-Encoding' })
  response.type(type)
  if (response.req.fresh) response.status(304).end()
  else response.send(body)
}
