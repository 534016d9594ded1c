/** Which content of which source. */
export interface Versioned {
  /** A whole number from 1. Grows with every change, never goes back, and is never used for two contents. */
  readonly version: number
  /**
   * Which source the version counts in: versions of two sources can't be compared. For example the database's own
   * identity, which a copy of it does not share. 1 to 100 visible ASCII characters.
   */
  readonly origin: string
}

export interface Versions {
  readonly origin: string
  /** The version of each key that was asked for. */
  readonly versions: ReadonlyMap<string, number>
}

/** The source of truth, for example a table. */
export interface Source<T extends Versioned> {
  /** The value as it is now and its version, read in one statement. What does not exist is a value too, with a version. */
  load(key: string): Promise<T>
  /** The versions of many keys in one tiny query, answered by the server that takes the writes. No keys: the origin alone. */
  versions(keys: readonly string[]): Promise<Versions>
  /** Whether an error says that the source can't be reached, rather than that something is wrong. */
  isUnavailable(error: unknown): boolean
}

/** The source broke a rule that versions must follow. */
export class VersionError extends Error {
  override readonly name = 'VersionError'
  readonly key: string

  constructor(key: string, problem: string) {
    super(`${JSON.stringify(key)}: ${problem}`)
    this.key = key
  }
}

/** In bytes that mean the same in every encoding, without a space, so that an envelope's header can hold it. */
const ORIGIN = /^[\x21-\x7e]{1,100}$/

/** @throws VersionError if the source gave a version or an origin that can't be used */
export function checkStamp(key: string, version: number | undefined, origin: string): Versioned {
  if (version === undefined) throw new VersionError(key, 'the source gave no version for this key')
  if (!Number.isSafeInteger(version) || version < 1)
    throw new VersionError(key, `the source gave version ${version}; a version is a whole number from 1`)
  if (!ORIGIN.test(origin))
    throw new VersionError(key, `an origin is 1 to 100 visible ASCII characters: ${JSON.stringify(origin)}`)
  return { version, origin }
}
