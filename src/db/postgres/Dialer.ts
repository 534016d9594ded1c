import { withinDeadline } from '../../cache/deadline.js'
import { reasonOf } from '../../reasonOf.js'
import type { PostgresAddress } from '../address/postgresAddress.js'
import type { TlsOptions } from '../address/tls.js'
import { codeOf, DatabaseUnavailable } from '../errors.js'
import { Connection } from './Connection.js'

/**
 * Long enough for a Postgres that takes five seconds to accept a connection, or for one so far away that the dozen
 * round trips of connecting take three seconds.
 */
const CONNECT_DEADLINE_MS = 7_000

/** Opens connections to one address. Remembers which kind of TLS the server took, and tries that one first. */
export class Dialer {
  readonly #address: PostgresAddress
  readonly #attempts = new Set<Connection>()
  #tls: readonly TlsOptions[]

  constructor(address: PostgresAddress) {
    this.#address = address
    this.#tls = address.tls
  }

  /** The kind of TLS of the last connection that was opened. */
  get tls(): TlsOptions {
    return this.#tls[0] ?? false
  }

  /** @throws DatabaseUnavailable if it takes too long; what pg throws if it fails */
  async open(): Promise<Connection> {
    const deadline = new AbortController()
    const onLate = () => {
      deadline.abort()
      return new DatabaseUnavailable(`Connecting to Postgres took longer than ${CONNECT_DEADLINE_MS} ms`)
    }
    return await withinDeadline(CONNECT_DEADLINE_MS, this.#tryEachTls(deadline.signal), onLate)
  }

  /** Gives up all attempts under way. */
  close(): void {
    for (const connection of this.#attempts) connection.destroy()
  }

  /** As libpq does it: tries the second kind of TLS only if the server refused the first one. */
  async #tryEachTls(signal: AbortSignal): Promise<Connection> {
    const refusals: unknown[] = []
    for (const tls of this.#tls) {
      try {
        const connection = await this.#connect(tls, signal)
        this.#tls = [tls, ...this.#tls.filter((other) => other !== tls)]
        return connection
      } catch (error) {
        refusals.push(error)
        if (!isAboutTls(error)) break
      }
    }
    // An error message of Postgres says more than an error of TLS.
    throw refusals.find((error) => codeOf(error) === NO_HBA_ENTRY) ?? refusals.at(-1)
  }

  async #connect(tls: TlsOptions, signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(this.#address.client, tls)
    const giveUp = () => connection.destroy()
    this.#attempts.add(connection)
    signal.addEventListener('abort', giveUp)
    try {
      await connection.connect()
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    } finally {
      this.#attempts.delete(connection)
      signal.removeEventListener('abort', giveUp)
    }
  }
}

/** SQLSTATE: pg_hba.conf does not allow this kind of connection (with TLS, or without). */
const NO_HBA_ENTRY = '28000'

function isAboutTls(error: unknown): boolean {
  return /SSL/.test(reasonOf(error)) || /^(28000|EPROTO|ERR_(SSL|TLS)_)/.test(codeOf(error))
}
