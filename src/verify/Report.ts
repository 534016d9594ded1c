/**
 * Prints one line of `npm run verify`. `failed` makes the command fail; a `note` is no fault, but worth knowing.
 * @param name what was checked: `database: TLS`
 */
export type Report = (status: 'ok' | 'note' | 'failed', name: string, detail: string) => void
