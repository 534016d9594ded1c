import { writeFile } from 'node:fs/promises'
import { stockPostgresIfInstalled } from '../support/postgresInstallations.js'
import { Cluster } from './cluster.js'
import { MUTANTS } from './mutants.js'
import { describeResult, testMutant } from './mutationTest.js'
import { type Options, readOptions } from './options.js'
import { PHASES } from './phases.js'
import { Random } from './random.js'
import { copyRelease } from './release.js'
import { complaints, progress, promises, table } from './report.js'
import { type PhaseResult, Run } from './run.js'

const FULL_PHASE_MS = 12_000
const QUICK_PHASE_MS = 2_000

/** Runs every fault against a cluster of three processes, and checks that the queue keeps its promises. */
async function prove({ seed, quick, only, json }: Options): Promise<boolean> {
  const results: PhaseResult[] = []
  const postgres = await onNewCluster(seed, async (run) => {
    const release = await copyRelease()
    for (const phase of named(PHASES, only)) {
      const result = await run.phase(phase, release, quick ? QUICK_PHASE_MS : FULL_PHASE_MS)
      results.push(result)
      for (const line of [progress(result), ...complaints(result)]) console.error(line)
    }
    await release.remove()
  })
  console.log(`${table(results)}\n\n(seed ${seed}; ${postgres})\n\n${promises(results)}`)
  if (json) await writeFile(json, JSON.stringify({ seed, postgres, results }, null, 2))
  return results.every(({ violations }) => violations.length === 0)
}

/** Whether the checker notices when a rule is left out. */
async function proveTheProof({ seed, only }: Options): Promise<boolean> {
  let areAllCaught = true
  await onNewCluster(seed, async (run) => {
    for (const mutant of named(MUTANTS, only)) {
      const caughtBy = await testMutant(mutant, run)
      console.log(describeResult(mutant, caughtBy))
      areAllCaught &&= caughtBy !== undefined
    }
  })
  return areAllCaught
}

function named<T extends { readonly name: string }>(all: readonly T[], part: string): T[] {
  const found = all.filter(({ name }) => name.includes(part))
  if (found.length === 0)
    throw new Error(`No name contains "${part}": ${all.map(({ name }) => name).join('; ')}`)
  return found
}

/** Gives the description of the Postgres that it ran on. */
async function onNewCluster(seed: number, work: (run: Run) => Promise<void>): Promise<string> {
  const cluster = await Cluster.start(stockPostgresIfInstalled())
  const run = new Run(cluster, new Random(seed))
  try {
    const postgres = await cluster.postgres.describe()
    console.error(postgres)
    await work(run)
    return postgres
  } finally {
    run.close()
    await cluster.stop()
  }
}

const options = readOptions()
console.error(`seed ${options.seed}`)
const isProven = await (options.mutants ? proveTheProof(options) : prove(options))
if (!isProven) process.exitCode = 1
