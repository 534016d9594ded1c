import { FLOODS } from './floods.js'

/**
 * A separate process that makes one flood until it is ended: `flooder.ts NAME PORT`. So the visitors' process stays
 * idle.
 */
const [, , name, port] = process.argv
const flood = FLOODS.find((flood) => flood.name === name)
if (!flood) throw new Error(`There is no flood "${name}"`)
flood.start(Number(port))
console.log('begun')
