interface Line {
  readonly level: number
  readonly msg: string
  readonly reason?: string
}

/** As pino counts. */
const WARNING_LEVEL = 40

/** Separates errors from warnings in the app's output. A line that is no log line counts as an error. */
export function sortLog(lines: readonly string[]): { errors: string[]; warnings: string[] } {
  const errors: string[] = []
  const counts = new Map<string, number>()
  for (const text of lines) {
    const line = parse(text)
    if (!line || line.level > WARNING_LEVEL) errors.push(text)
    else {
      const what = line.reason ? `${line.msg}: ${line.reason}` : line.msg
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
  }
  return { errors, warnings: [...counts].map(([what, count]) => `${count} times: ${what}`) }
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined // a crash prints its stack as it is
  }
}
