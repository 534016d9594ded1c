import type { Incident } from '../incident/Incident.js'
import { saidMs } from '../incident/story.js'
import type { Contender } from '../run/Contender.js'
import type { Experiment } from '../run/Experiment.js'
import type { Servers } from '../servers/Servers.js'
import type { Way } from '../ways.js'
import { Incidents } from './Incidents.js'
import { plotPath } from './plotPath.js'
import { RollingMetrics } from './RollingMetrics.js'

/** One way as the page shows it, with all texts formatted. */
export interface Standing {
  readonly way: Way
  readonly metrics: Readonly<
    Record<'stale' | 'oldest' | 'loads' | 'hits' | 'p50' | 'p99' | 'queries', string>
  >
  readonly isStale: boolean
  /** The plot's path. */
  readonly plot: string
  readonly incidents: readonly { readonly id: number; readonly label: string }[]
}

interface Line {
  readonly contender: Contender
  readonly rolling: RollingMetrics
  readonly incidents: Incidents
}

/** What the page shows of every way. */
export class Board {
  readonly #servers: Servers
  readonly #lines: readonly Line[]
  #lastId = 0

  constructor(servers: Servers, experiment: Experiment) {
    this.#servers = servers
    this.#lines = experiment.contenders.map((contender) => ({
      contender,
      rolling: new RollingMetrics(),
      incidents: new Incidents(contender.running, () => ++this.#lastId),
    }))
  }

  /** Adds what has happened since the last call. */
  async update(): Promise<void> {
    const queries = await this.#servers.queries()
    for (const { contender, rolling, incidents } of this.#lines) {
      const { entries, stale } = contender.take()
      rolling.add(entries, stale, queries.get(contender.running.databaseName) ?? 0)
      incidents.add(stale)
    }
  }

  standings(): Standing[] {
    return this.#lines.map(standing)
  }

  incident(id: number): Incident | undefined {
    return this.#lines.map(({ incidents }) => incidents.find(id)).find((found) => found)
  }

  reset(): void {
    for (const { rolling } of this.#lines) rolling.reset()
  }
}

function standing({ contender, rolling, incidents }: Line): Standing {
  const { hits, p50Ms, p99Ms } = rolling.metrics()
  return {
    way: contender.running.way,
    metrics: {
      stale: rolling.stale.toLocaleString('en'),
      oldest: rolling.stale > 0 ? `the oldest by ${saidMs(rolling.oldestMs)}` : '',
      loads: rolling.loadsPerSecond().toFixed(0),
      hits: `${Math.round(hits * 100)} %`,
      p50: saidMs(p50Ms),
      p99: saidMs(p99Ms),
      queries: rolling.queriesPerSecond().toFixed(0),
    },
    isStale: rolling.stale > 0,
    plot: plotPath(rolling.seconds()),
    incidents: incidents.latest.map(({ id, shown, missed }) => ({
      id,
      label: `showed ${shown}, not ${missed}`,
    })),
  }
}
