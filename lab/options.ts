import { parseArgs } from 'node:util'

export interface Options {
  /** Show the page, print the table, or draw the gallery. */
  readonly show: 'page' | 'table' | 'gallery'
  /** Whether the table takes two minutes, not ten. */
  readonly quick: boolean
  /** A file for the table's metrics, too. */
  readonly json: string | undefined
  /** Where the page listens; undefined: any free port. */
  readonly port: number | undefined
}

/** @throws Error that says what is wrong with the command line */
export function readOptions(args = process.argv.slice(2)): Options {
  const { values } = parseArgs({
    args,
    options: {
      table: { type: 'boolean' },
      gallery: { type: 'boolean' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      port: { type: 'string' },
    },
  })
  const show = values.gallery ? 'gallery' : values.table ? 'table' : 'page'
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !Number.isInteger(port)) throw new Error(`--port ${values.port} is no port`)
  return { show, quick: values.quick, json: values.json, port }
}
