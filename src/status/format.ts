import { formatNumber } from '../pages/formatNumber.js'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** With two decimals at most. */
export function number(value: number): string {
  return formatNumber(Math.round(value * 100) / 100)
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`
}

/** Says "100%" only if all are in it, and "0%" only if none is. */
export function share(part: number, whole: number): string {
  if (part > 0 && part < whole / 1000) return 'less than 0.1%'
  return `${Math.floor((part / whole) * 1000) / 10}%`
}

/** In the two largest units: "3 h 12 min". */
export function duration(seconds: number): string {
  const inUnits = [
    [Math.floor(seconds / DAY), 'd'],
    [Math.floor((seconds % DAY) / HOUR), 'h'],
    [Math.floor((seconds % HOUR) / MINUTE), 'min'],
    [Math.floor(seconds % MINUTE), 's'],
  ] as const
  const first = inUnits.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  return inUnits
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** "0.5 ms", "2 s" */
export function milliseconds(ms: number): string {
  return ms < 1000 ? `${number(ms)} ms` : `${number(ms / 1000)} s`
}

/** In units of 1,024, as memcached counts. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}
