import type { Request, Response } from 'express'
import type { Board, Standing } from './Board.js'
import type { Conductor } from './Conductor.js'

const EVERY_MS = 500

/** What the server sends to the page twice a second. */
export interface BoardState {
  readonly playing: { readonly id: string; readonly text: string } | null
  readonly standings: readonly Pick<Standing, 'metrics' | 'isStale' | 'plot' | 'incidents'>[]
}

/** Updates the board, and sends it to every open page (server-sent events). */
export class Streams {
  readonly #board: Board
  readonly #conductor: Conductor
  readonly #open = new Set<Response>()
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(board: Board, conductor: Conductor) {
    this.#board = board
    this.#conductor = conductor
  }

  /** @param onFailure called with the error that made it stop */
  begin(onFailure: (error: unknown) => void): void {
    this.#timer = setTimeout(() => {
      this.#work = this.#send().then(() => this.begin(onFailure), onFailure)
    }, EVERY_MS)
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#work
    clearTimeout(this.#timer)
    for (const response of this.#open) response.end()
  }

  open(request: Request, response: Response): void {
    response.set('Content-Type', 'text/event-stream').set('Cache-Control', 'no-store')
    response.write('retry: 2000\n\n')
    this.#open.add(response)
    request.once('close', () => this.#open.delete(response))
  }

  async #send(): Promise<void> {
    await this.#board.update()
    const message = `data: ${JSON.stringify(this.#state())}\n\n`
    for (const response of this.#open) response.write(message)
  }

  #state(): BoardState {
    const { now } = this.#conductor
    return {
      playing: now ? { id: now.fault.id, text: saidNow(now) } : null,
      standings: this.#board.standings().map(({ way: _, ...standing }) => standing),
    }
  }
}

function saidNow({ fault, leftMs, waiting }: NonNullable<Conductor['now']>): string {
  const left = leftMs > 0 ? `${Math.ceil(leftMs / 1_000)} s left` : 'being mended'
  return `${fault.name}: ${left}${waiting > 0 ? `, then ${waiting} more` : ''}`
}
