import { put } from '../load.js'
import type { Setup } from '../Setup.js'
import { CHECKS_PER_SECOND, predict } from './model.js'
import type { CpuUs, UnitCosts } from './units.js'

/** One run with this many processes: the processor time that the model predicted, and the measured one. */
export interface CheckedRun {
  readonly processes: number
  readonly loads: number
  readonly adds: number
  readonly predictedUs: CpuUs
  readonly measuredUs: CpuUs
}

const LOAD_CONNECTIONS = 32
const ADD_CONNECTIONS = 8
/** Until V8 has optimised each process. */
const WARM_UP_LOADS = 8_000
const WARM_UP_ADDS = 800

/** Puts loads and adds on web processes behind one port. */
export async function checkModel(
  setup: Setup,
  units: UnitCosts,
  { processes, seconds }: { readonly processes: number; readonly seconds: number },
): Promise<CheckedRun> {
  const web = await setup.product({ WEB_CONCURRENCY: String(processes) })
  await put(web, { connections: LOAD_CONNECTIONS, requests: processes * WARM_UP_LOADS })
  await put(web, { connections: ADD_CONNECTIONS, requests: processes * WARM_UP_ADDS, adds: true })
  const before = setup.cpuUs(web)
  const commitsBefore = await setup.commits()
  const [loads, adds] = await Promise.all([
    put(web, { connections: LOAD_CONNECTIONS, seconds }),
    put(web, { connections: ADD_CONNECTIONS, seconds, adds: true }),
  ])
  const after = setup.cpuUs(web)
  const versionChecks = seconds * processes * CHECKS_PER_SECOND
  const writes = Math.max(1, (await setup.commits()) - commitsBefore - versionChecks)
  await web.stop()
  const { cpuUs: predictedUs } = predict(units, {
    loads: loads.requests,
    versionChecks,
    adds: adds.requests,
    addsInOneCommit: adds.requests / writes,
  })
  const measuredUs = {
    web: after.web - before.web,
    postgres: after.postgres - before.postgres,
    memcached: after.memcached - before.memcached,
  }
  return { processes, loads: loads.requests, adds: adds.requests, predictedUs, measuredUs }
}
