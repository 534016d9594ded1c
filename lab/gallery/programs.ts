import type { Way } from '../ways.js'

/** One step of a request; what each does is in steps.ts. */
export type Op = 'commit' | 'load' | 'get' | 'set' | 'delete' | 'compare' | 'swap' | 'answer' | 'show'

/** What a way (lab/ways) does for a write and for a page load, step by step. */
export interface Program {
  readonly write: readonly Op[]
  readonly read: readonly Op[]
}

const READ_THROUGH: readonly Op[] = ['get', 'load', 'set', 'show']

export const PROGRAMS: Readonly<Record<Exclude<Way['id'], 'app'>, Program>> = {
  none: { write: ['commit', 'answer'], read: ['load', 'show'] },
  expire: { write: ['commit', 'answer'], read: READ_THROUGH },
  delete: { write: ['commit', 'delete', 'answer'], read: READ_THROUGH },
  update: { write: ['commit', 'load', 'set', 'answer'], read: READ_THROUGH },
  versions: {
    write: ['commit', 'load', 'compare', 'swap', 'answer'],
    read: ['get', 'load', 'compare', 'swap', 'show'],
  },
}
