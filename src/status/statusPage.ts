import { counted, duration, number } from './format.js'
import { latencyChart } from './latencyChart.js'
import { recentLoads, recentWrites } from './recentCharts.js'
import type { Status } from './status.js'
import { latencyTable, minuteTable, serverCard } from './tables.js'

/** The words and shapes of the page at `/status`. The view only prints them. */
export function statusPage(status: Status) {
  return {
    problems: status.problems,
    processName: status.process.name,
    uptime: duration(status.process.uptimeSeconds),
    takenAt: `${status.takenAt.slice(0, 19).replace('T', ' ')} UTC`,
    facts: facts(status),
    loads: recentLoads(status.recent),
    latencies: [
      latencyChart('From the cache', 'hit', status.loads.hit),
      latencyChart('From Postgres', 'miss', status.loads.other),
    ],
    writes: { ...recentWrites(status.recent), sinceStart: writesSinceStart(status.writes) },
    minuteTable: minuteTable(status.recent),
    latencyTable: latencyTable(status.loads),
    isShared: status.cache.isShared,
    servers: status.memcache.map(serverCard),
  }
}

/** The short answers at the top of the page. */
function facts({ cache, postgres, lease, queue, audit, eventClients }: Status) {
  const lastKnown = queue?.current === false ? ', as last known' : ''
  return [
    {
      name: 'Cache',
      well: cache.up,
      value: cache.up ? 'answers' : 'is lost',
      note: cache.isShared ? cache.name : 'inside this process',
    },
    {
      name: 'Postgres',
      well: postgres.ready,
      value: postgres.ready ? 'answers' : 'is not ready',
      note: postgres.ready ? 'and is migrated' : 'see above',
    },
    {
      name: 'Queue',
      well: queue?.current ?? false,
      value: queue ? counted(queue.length, 'item') : 'unknown',
      note: queue ? `version ${queue.version}${lastKnown}` : 'see above',
    },
    {
      name: 'Stale pages',
      well: audit.stalePages === 0,
      value: audit.stalePages === 0 ? 'none' : number(audit.stalePages),
      note: `in ${counted(audit.audits, 'check')}`,
    },
    { name: 'Lease', well: true, ...leaseInWords(lease) },
    { name: 'Live pages', well: true, value: number(eventClients), note: 'wait for changes' },
  ]
}

function leaseInWords({ ms, renewals }: Status['lease']) {
  const renewed = `renewed ${counted(renewals, 'time')}`
  if (ms === null) return { value: 'endless', note: 'nobody else writes' }
  if (ms === 0) return { value: 'none', note: counted(renewals, 'version check') }
  return { value: `${number(ms)} ms`, note: renewed }
}

function writesSinceStart({ add, remove, failed, unconfirmed }: Status['writes']): string {
  if (add + remove + failed === 0) return 'None since this process started.'
  const confirmed =
    unconfirmed === 0
      ? 'The cache confirmed each of them.'
      : `The cache could not confirm ${number(unconfirmed)}; the answer to those waited for the readers’ leases.`
  const counts = `${counted(add, 'add')}, ${counted(remove, 'remove')}, ${number(failed)} failed`
  return `Since this process started: ${counts}. ${confirmed}`
}
