/** One line of `npm run verify`. */
export interface CheckResult {
  /** What was checked: `database: TLS`. */
  readonly name: string
  /** `failed` makes the command fail. A `note` is no fault, but worth knowing. */
  readonly status: 'ok' | 'note' | 'failed'
  readonly detail: string
}

export type Report = (status: CheckResult['status'], name: string, detail: string) => void

/** What went wrong, for the person who configured this. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ')
  return error instanceof Error ? error.message : String(error)
}
