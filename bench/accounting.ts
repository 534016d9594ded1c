import { readFileSync } from 'node:fs'
import { processTree } from '../test/support/processTree.js'

/** The kernel reports time in hundredths of a second. */
const TICK_US = 10_000

/** The processor time, in µs, that a process and its descendants have used so far, as the system counts it. */
export function cpuUs(pid: number): number {
  return processTree(pid)
    .map((member) => {
      const stat = readFileSync(`/proc/${member}/stat`, 'utf8')
      // The name may contain spaces, so the fields are counted after it. Fields 14 to 17 are `utime`, `stime`, and the
      // same for children that have ended, such as a backend of Postgres.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_US
    })
    .reduce((sum, us) => sum + us, 0)
}

/** The memory, in MB, that a process has in RAM. */
export function residentMb(pid: number): number {
  const [, kB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kB) / 1000
}
