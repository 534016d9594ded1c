import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

const USAGE = 'npm run prove -- [--seed N] [--quick] [--only PART-OF-A-NAME] [--json FILE] [--mutants]'

export interface Options {
  /** What all random choices follow from. */
  readonly seed: number
  readonly quick: boolean
  /** What the names of the phases (or mutants) to run contain. */
  readonly only: string
  /** Where the metrics and violations go too. */
  readonly json?: string | undefined
  /** Leaves out one rule after the other, and expects the checker to notice, instead of checking the app. */
  readonly mutants: boolean
}

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      mutants: { type: 'boolean', default: false },
    },
  })
  const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed)
  if (!Number.isInteger(seed)) throw new Error(`The seed should be a whole number.\n${USAGE}`)
  return { ...values, seed }
}
