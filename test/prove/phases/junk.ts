import type { Memcached } from '../../support/memcached.js'
import type { Random } from '../random.js'

const KEY = 'queue'
const JUNK_KEYS = 100_000
/** More than fit in the megabyte that memcached keeps for items of one size. */
const VALUES = 2_500
/** A placeholder is about that long. */
const SMALL_LENGTH = 14
const SMALL_VALUES = 4_000

/** Stores values of the page's size until there is no room left for the page. */
export async function crowdOut(memcached: Memcached, random: Random): Promise<void> {
  const answer = await memcached.command(`get ${KEY}`)
  const length = Number(/^VALUE \S+ \d+ (\d+)/.exec(answer)?.[1] ?? random.between(300, 700))
  await store(memcached, random, VALUES, length)
}

/** The same for a placeholder, which is much smaller. */
export async function crowdOutPlaceholder(memcached: Memcached, random: Random): Promise<void> {
  await store(memcached, random, SMALL_VALUES, SMALL_LENGTH)
}

async function store(memcached: Memcached, random: Random, values: number, length: number): Promise<void> {
  const value = 'x'.repeat(length)
  const commands = Array.from({ length: values }, () => {
    return `set junk${random.between(1, JUNK_KEYS)} 0 0 ${length} noreply\r\n${value}`
  })
  await memcached.command(commands.join('\r\n'))
}
