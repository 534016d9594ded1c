type Values = Readonly<Record<string, string | undefined>>

/** Their values contain passwords, so messages don't show the values. */
const SECRETS = new Set(['DATABASE_URL', 'MEMCACHIER_PASSWORD', 'MEMCACHE_PASSWORD', 'OPERATOR_PASSWORD'])
const WHOLE_NUMBER = /^\d{1,9}$/

/** Reads environment variables, and collects what is wrong with them. An empty variable counts as unset. */
export class Environment {
  readonly faults: string[] = []
  readonly #values: Values

  constructor(values: Values) {
    this.#values = values
  }

  /** Without the white space around it: `set NODE_ENV=production && …` on Windows, or a secret file's line feed. */
  text(name: string): string | undefined {
    return this.#values[name]?.trim() || undefined
  }

  wholeNumber(name: string, min: number, max: number): number | undefined {
    return this.parsed(name, (text) => {
      const value = WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN
      if (value >= min && value <= max) return value
      throw new Error(`should be a whole number from ${min} to ${max}`)
    })
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    return this.parsed(name, (text) => {
      const choice = choices.find((choice) => choice === text)
      if (choice !== undefined) return choice
      throw new Error(`should be one of ${choices.join(', ')}`)
    })
  }

  /**
   * @param parse throws an error that says what the value should be
   * @returns undefined if the variable is unset or wrong
   */
  parsed<Value>(name: string, parse: (text: string) => Value): Value | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    try {
      return parse(text)
    } catch (error) {
      this.faults.push(describe(name, text, (error as Error).message))
      return undefined
    }
  }
}

function describe(name: string, value: string, problem: string): string {
  const isSecret = SECRETS.has(name) || value.includes('@')
  return isSecret ? `${name} ${problem}` : `${name} is ${JSON.stringify(value)}, but ${problem}`
}
