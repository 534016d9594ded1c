import { createDatabase, type TestDatabase } from '../support/database.js'
import { type SaslMemcached, startSaslMemcached } from '../support/sasl.js'
import type { ChangeJson } from '../support/testApp.js'
import { startTlsPostgres, type TlsPostgres } from '../support/tlsPostgres.js'
import type { Environment } from '../support/webProcess.js'

/**
 * Stand-ins for Heroku's add-ons: a Postgres that insists on TLS, with a certificate of nobody's, and a memcache with a
 * password.
 */
export class AddOns {
  readonly #postgres: TlsPostgres
  readonly #sasl: SaslMemcached

  static async start(): Promise<AddOns> {
    const [postgres, sasl] = await Promise.all([startTlsPostgres(), startSaslMemcached()])
    await sasl.setPassword('4F2C19', 'right password')
    return new AddOns(postgres, sasl)
  }

  private constructor(postgres: TlsPostgres, sasl: SaslMemcached) {
    this.#postgres = postgres
    this.#sasl = sasl
  }

  createDatabase(): Promise<TestDatabase> {
    return createDatabase(`${this.#postgres.url()}?sslmode=no-verify`)
  }

  /** All that Heroku sets, beside PORT. */
  environment(database: TestDatabase): Environment {
    return {
      NODE_ENV: 'production',
      DYNO: 'web.1',
      DATABASE_URL: database.url.replace(/\?.*/, ''),
      MEMCACHIER_SERVERS: this.#sasl.memcached.address,
      MEMCACHIER_USERNAME: '4F2C19',
      MEMCACHIER_PASSWORD: 'right password',
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#postgres.postgres.stop(), this.#sasl.stop()])
  }
}

interface Visit {
  readonly status: number
  readonly headers: Headers
  /** Of a page it has the version and the length, too. */
  readonly json: ChangeJson
}

/** Sends a request as Heroku's router does: what came in over HTTPS is passed on over HTTP. */
export async function visit(url: string, method = 'GET', body?: unknown): Promise<Visit> {
  const response = await fetch(url, {
    method,
    headers: {
      Accept: 'application/json',
      'X-Forwarded-For': '192.0.2.7',
      'X-Forwarded-Proto': 'https',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, json: (await response.json()) as ChangeJson }
}
