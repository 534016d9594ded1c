import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { type Effort, type Measurement, measure } from './measure.js'
import { tables } from './table.js'

const FULL: Effort = { loadsPerSecond: 40, faultMs: 20_000 }
const QUICK: Effort = { loadsPerSecond: 20, faultMs: 4_000 }

/** Prints the table. @returns whether this app was never stale */
export async function printTable(quick: boolean, json: string | undefined): Promise<boolean> {
  const measurements = await measure(quick ? QUICK : FULL, ({ name }) => console.error(`${name}: done`))
  const loads = measurements.reduce((sum, one) => sum + one.loads, 0)
  console.log(tables(measurements))
  console.log(`\n(${loads.toLocaleString('en')} page loads on ${cpus().length} cores, all ways at once)`)
  if (json) await writeFile(json, JSON.stringify(measurements, null, 2))
  return isNeverStale(measurements)
}

function isNeverStale(measurements: readonly Measurement[]): boolean {
  return measurements.every(({ way, stale }) => way !== 'app' || stale === 0)
}
