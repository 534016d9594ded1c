/** One line of what `npm run verify` found out. */
export interface Finding {
  /** What was looked at: `database: TLS`. */
  readonly name: string
  /** `failed` makes the command fail; a `note` is no fault, but worth knowing. */
  readonly result: 'ok' | 'note' | 'failed'
  readonly detail: string
}

export type Report = (result: Finding['result'], name: string, detail: string) => void

/** What went wrong, in words for whoever configured this. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** The system's or the library's word for an error, such as `ECONNREFUSED` or a SQLSTATE. */
export function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return cause === undefined ? '' : codeOf(cause)
}
