import { FLOODS } from './floods.js'

/** A process of its own that makes one flood until it is ended: `flooder.ts NAME PORT`. What it takes is not the visitors'. */
const [, , name, port] = process.argv
const flood = FLOODS.find((flood) => flood.name === name)
if (!flood) throw new Error(`There is no flood "${name}"`)
flood.start(Number(port))
console.log('begun')
