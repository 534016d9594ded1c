import { writeFile } from 'node:fs/promises'
import type { Postgres } from '../../test/support/postgres.js'
import { Setup } from '../Setup.js'
import { type CheckedRun, checkModel } from './checked.js'
import { planFor } from './model.js'
import { scalePlot } from './plot.js'
import { report } from './report.js'
import { measureUnits } from './units.js'

const AMOUNTS = { hits: 20_000, oneByOne: 1_500, adds: 6_000, windows: 500, changes: 100 }
const PROCESSES = [1, 10, 100, 1_000]
const CHECKED_PROCESSES = [1, 2, 4, 8]
const CHECKED_SECONDS = 5

/**
 * Measures what each operation costs, computes what many web processes need, and checks that against runs of 1 to 8
 * processes.
 * @param svg the file for the plots; undefined: no plots
 * @returns the tables, as Markdown
 */
export async function scale(postgres: Postgres, say: (line: string) => void, svg?: string): Promise<string> {
  const setup = await Setup.open(postgres, 100)
  try {
    say('measuring what each operation costs')
    const units = await measureUnits(setup, AMOUNTS)
    say(JSON.stringify(units))
    const runs: CheckedRun[] = []
    for (const processes of CHECKED_PROCESSES) {
      say(`checking with ${processes} processes`)
      runs.push(await checkModel(setup, units, { processes, seconds: CHECKED_SECONDS }))
    }
    const plans = PROCESSES.map((processes) => planFor(units, processes))
    if (svg) await writeFile(svg, scalePlot(units, runs))
    return report(units, plans, runs)
  } finally {
    await setup.close()
  }
}
