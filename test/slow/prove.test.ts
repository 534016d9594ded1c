import { randomInt } from 'node:crypto'
import { Cluster } from '../prove/cluster.js'
import { MUTANTS } from '../prove/mutants.js'
import { PHASES } from '../prove/phases.js'
import { Random } from '../prove/random.js'
import { copyRelease, type Release } from '../prove/release.js'
import { complaints } from '../prove/report.js'
import { Run } from '../prove/run.js'

/** A short run of `npm run prove`: every fault, but not for long. */
const PHASE_MS = 1_500
const seed = randomInt(2 ** 32)

describe(`faults of three processes, their cache and their Postgres (seed ${seed})`, () => {
  let cluster: Cluster
  let release: Release
  let run: Run

  beforeAll(async () => {
    cluster = await Cluster.start()
    release = await copyRelease()
    run = new Run(cluster, new Random(seed))
  })

  afterAll(async () => {
    run.close()
    await cluster.stop()
    await release.remove()
  })

  test.each(PHASES)('$name: nothing is stale, goes back or is lost; $promise', async (phase) => {
    let result = await run.phase(phase, release, PHASE_MS)
    // A machine that is busy with something else may have been late, and not the app. Contents have no such excuse.
    const { violations } = result
    const isOnlyLate = violations.length > 0 && violations.every(({ column }) => column === 'availability')
    if (isOnlyLate) result = await run.phase(phase, release, PHASE_MS)
    expect(complaints(result)).toEqual([])
    expect(result.metrics.requests).toBeGreaterThan(100)
  })
})

test.each(MUTANTS)('there is a place in the app for the mutant "$name"', async ({ patches }) => {
  await expect(copyRelease(patches).then((release) => release.remove())).resolves.toBeUndefined()
})
