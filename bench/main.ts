import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { ensureMemcached } from '../test/support/ensureMemcached.js'
import { type Postgres, startPostgres } from '../test/support/postgres.js'
import { stockPostgresIfInstalled } from '../test/support/postgresInstallations.js'
import { goalRows, type Results, table } from './goals.js'
import { type Effort, type Measure, type Metrics, memory, plotted, prepare } from './measures.js'
import { plot } from './plot.js'
import type { Setup } from './Setup.js'
import { scale } from './scale/scale.js'

const FULL: Effort = {
  rounds: 10,
  seconds: 1,
  warmUpSeconds: 4,
  singleAdds: 100,
  loads: 100_000,
  adds: 10_000,
  plotted: [10, 100, 1_000, 10_000, 100_000, 1_000_000],
}
const QUICK: Effort = {
  rounds: 3,
  seconds: 1,
  warmUpSeconds: 1,
  singleAdds: 100,
  loads: 10_000,
  adds: 1_000,
  plotted: [],
}

/** Measures the app beside the baselines. The table goes to standard output, progress to standard error. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      scale: { type: 'boolean' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  })
  const effort = values.quick ? QUICK : FULL
  ensureMemcached()
  const postgres = await startPostgres({ installation: stockPostgresIfInstalled() })
  try {
    const measuredOn = `${machine()}, ${await postgres.describe()}`
    say(measuredOn)
    if (values.scale) {
      console.log(`${measuredOn}\n\n${await scale(postgres, say, values.svg)}`)
      return
    }
    const results = await measureAll(postgres, effort)
    const rows = goalRows(results, effort)
    console.log(`${measuredOn}; median of ${effort.rounds} rounds\n\n${table(rows)}`)
    if (values.json)
      await writeFile(
        values.json,
        JSON.stringify({ machine: measuredOn, rows, metrics: [...results] }, null, 2),
      )
    if (values.svg) await writeFile(values.svg, plot(results))
  } finally {
    await postgres.stop()
  }
}

async function measureAll(postgres: Postgres, effort: Effort): Promise<Results> {
  say('starting what is measured')
  const goals = await inRounds((opened) => prepare(postgres, effort, opened), effort.rounds)
  const once = await inRounds(async (opened) => await memory(postgres, effort, opened), 1)
  const lengths = await inRounds((opened) => plotted(postgres, effort, opened), 1)
  return new Map([...goals, ...once, ...lengths])
}

/**
 * Measures in many short rounds, because the machine's speed changes within seconds. Every second round goes backwards:
 * if it slowly gets faster or slower, each candidate is as often before the others as after them.
 */
async function inRounds(
  prepare: (opened: Setup[]) => Promise<Measure[]>,
  rounds: number,
): Promise<Map<string, Metrics[]>> {
  const opened: Setup[] = []
  try {
    const measures = await prepare(opened)
    const samples = new Map<string, Metrics[]>(measures.map(({ name }) => [name, []]))
    for (let round = 1; round <= rounds; round++) {
      for (const { name, run } of round % 2 === 0 ? measures.toReversed() : measures) {
        const metrics = await run()
        samples.get(name)?.push(metrics)
        say(`${rounds > 1 ? `round ${round}/${rounds}: ` : ''}${name}: ${JSON.stringify(rounded(metrics))}`)
      }
    }
    return samples
  } finally {
    await Promise.all(opened.map((setup) => setup.close()))
  }
}

function rounded(metrics: Metrics): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  )
}

function machine(): string {
  const [first] = cpus()
  return `${cpus().length} × ${first?.model ?? 'processor'}, Node ${process.version}`
}

function say(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
}

await main()
