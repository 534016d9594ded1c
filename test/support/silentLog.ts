import { pino } from 'pino'

/** Not from `createLog`, because its output flushes at the process's end, and a test worker loads it for each file. */
export const silentLog = pino({ level: 'silent' })
