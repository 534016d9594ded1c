import type { Op, Program } from './programs.js'

/** A request, and how far it has come in its program. */
export interface Actor {
  readonly process: string
  readonly ops: readonly Op[]
  readonly position: number
  /** The version that it has made or loaded; 0 if none. */
  readonly version: number
  /** The version of the entry that it read from the cache; 0 if there was none. */
  readonly token: number
  /** The newest version that had been answered when it began; undefined before that. */
  readonly answeredBefore: number | undefined
}

export interface State {
  readonly committed: number
  readonly answered: number
  readonly cache: { readonly version: number; readonly token: number } | undefined
  readonly lastToken: number
  /** How many operations on the cache may still fail. */
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

/** Version 1 is cached and answered. Two processes each make a write, and two visitors each load a page. */
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
