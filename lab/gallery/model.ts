import type { Op, Program } from './programs.js'

/** A request on its way through its program. */
export interface Actor {
  readonly process: string
  readonly ops: readonly Op[]
  readonly position: number
  /** The version that it has made or loaded; 0 is none. */
  readonly version: number
  /** What it read of the cache's entry; 0 is that there was none. */
  readonly token: number
  /** What had been answered when it began; undefined until it does. */
  readonly answeredBefore: number | undefined
}

export interface State {
  readonly committed: number
  readonly answered: number
  readonly cache: { readonly version: number; readonly token: number } | undefined
  readonly lastToken: number
  /** How often an operation on the cache may still fail. */
  readonly failuresLeft: number
  readonly actors: readonly Actor[]
  /** The step that led here; undefined at the start. */
  readonly did: Did | undefined
  /** The stale version that was shown. */
  readonly stale: number | undefined
}

/** A step as it is drawn. */
export interface Did {
  readonly process: string
  readonly op: Op
  readonly version: number
  readonly outcome: 'done' | 'nothing' | 'refused' | 'failed'
}

/** Version 1 is cached and answered; two processes have a write before them, and two visitors come. */
export function start({ write, read }: Program, failures: number): State {
  const actor = (process: string, ops: readonly Op[]): Actor => ({
    process,
    ops,
    position: 0,
    version: 0,
    token: 0,
    answeredBefore: undefined,
  })
  return {
    committed: 1,
    answered: 1,
    cache: { version: 1, token: 1 },
    lastToken: 1,
    failuresLeft: failures,
    actors: [actor('A', write), actor('B', write), actor('B', read), actor('A', read)],
    did: undefined,
    stale: undefined,
  }
}
