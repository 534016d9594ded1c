import { inspect } from 'node:util'

/** Which content of which source. */
export interface Versioned {
  /** A whole number from 1. Grows with every change, never goes back, and is never used for two contents. */
  readonly version: number
  /**
   * Which source the version belongs to: versions of two sources can't be compared. For example the identity of the
   * database, which a copy of it does not share. 1 to 100 visible ASCII characters.
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
  /** The present value with its version, read in one statement. A missing value needs a version too. */
  load(key: string): Promise<T>
  /** The versions of many keys in one tiny query to the server that takes the writes. Without keys: the origin alone. */
  versions(keys: readonly string[]): Promise<Versions>
  /** Whether an error means that the whole source can't be reached, and not only that this query failed. */
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

/** Without a space, because spaces separate the parts of an envelope's header. */
const ORIGIN = /^[\x21-\x7e]{1,100}$/

/** @throws VersionError if the source gave a version or an origin that can't be used, or nothing, as for a missing row */
export function checkStamp(
  key: string,
  stamp: { readonly version?: number | undefined; readonly origin?: string } | undefined,
): Versioned {
  const { version, origin } = stamp ?? {}
  if (version === undefined) throw new VersionError(key, 'the source gave no version for this key')
  if (!Number.isSafeInteger(version) || version < 1)
    throw new VersionError(
      key,
      `the source gave version ${inspect(version)}; a version is a whole number from 1`,
    )
  if (typeof origin !== 'string' || !ORIGIN.test(origin))
    throw new VersionError(
      key,
      `an origin is a text of 1 to 100 visible ASCII characters: ${inspect(origin)}`,
    )
  return { version, origin }
}
