/** What went wrong, in words for operators. */
export function reasonOf(error: unknown): string {
  // Several addresses of one host failed. Node's error for that has no message of its own.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}
