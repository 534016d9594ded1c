import type { Violation } from './history.js'
import type { Mutant } from './mutants.js'
import type { Phase } from './phase.js'
import { PHASES } from './phases.js'
import { copyRelease } from './release.js'
import type { Run } from './run.js'

const PHASE_MS = 4_000
/** Races are a matter of luck. */
const ATTEMPTS = 5

/** Runs a mutant through the phases that should detect it. @returns the violation that they found, if any */
export async function testMutant(mutant: Mutant, run: Run): Promise<Violation | undefined> {
  const release = await copyRelease(mutant.patches)
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      for (const phase of mutant.caughtBy.map(phaseNamed)) {
        const { violations } = await run.phase(phase, release, PHASE_MS)
        const [broken] = violations.filter(({ column }) => column === mutant.column)
        if (broken) return broken
      }
    }
    return undefined
  } finally {
    await release.remove()
  }
}

export function describeResult({ name }: Mutant, caughtBy: Violation | undefined): string {
  if (!caughtBy) return `NOT CAUGHT: ${name}`
  return `caught: ${name}\n  ${caughtBy.column}, ${caughtBy.phase}: ${caughtBy.message}`
}

function phaseNamed(beginning: string): Phase {
  const phase = PHASES.find(({ name }) => name.startsWith(beginning))
  if (!phase) throw new Error(`There is no phase that begins with "${beginning}"`)
  return phase
}
