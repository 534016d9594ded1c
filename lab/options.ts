import { parseArgs } from 'node:util'

export interface Options {
  /** What to do: show the page, print the table, or draw the gallery. */
  readonly show: 'page' | 'table' | 'gallery'
  /** The table within two minutes. */
  readonly quick: boolean
  /** Where the table's metrics go too. */
  readonly json: string | undefined
  /** Where the page listens; undefined is any free port. */
  readonly port: number | undefined
}

/** Throws what is wrong with the command line, with how it should be. */
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
