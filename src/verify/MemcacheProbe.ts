import { setTimeout as delay } from 'node:timers/promises'
import { CacheUnavailable } from '../cache/CacheStore.js'
import { withinDeadline } from '../cache/deadline.js'
import type { MemcacheAddress, MemcacheCredentials } from '../cache/index.js'
import { MemcacheClient } from '../cache/MemcacheClient.js'

/** Long, because a person waits and wants to know what is wrong. */
const DEADLINE_MS = 10_000
const POLL_MS = 100

/** One connection to one memcache server, to check what it can do. */
export class MemcacheProbe {
  readonly #client: MemcacheClient
  readonly #closed: Promise<never>

  constructor(server: MemcacheAddress, credentials: MemcacheCredentials) {
    let onClosed = () => {}
    this.#closed = new Promise((_, reject) => {
      onClosed = () => reject(new CacheUnavailable('it closed the connection'))
    })
    this.#closed.catch(() => {}) // it may close while no operation runs
    this.#client = new MemcacheClient(server, credentials, () => onClosed())
  }

  async get(key: string): Promise<Buffer | undefined> {
    return (await this.#ask(this.#client.gets(key)))?.bytes
  }

  /** @returns whether it was stored */
  async add(key: string, bytes: Buffer, ttlSeconds: number): Promise<boolean> {
    return (await this.#ask(this.#client.add(key, bytes, ttlSeconds))) !== undefined
  }

  /** Whether a token stores once, and not a second time. */
  async comparesAndSwaps(key: string, bytes: Buffer, ttlSeconds: number): Promise<boolean> {
    const seen = await this.#ask(this.#client.gets(key))
    if (!seen) return false
    const first = await this.#ask(this.#client.cas(key, bytes, seen.token, ttlSeconds))
    const second = await this.#ask(this.#client.cas(key, bytes, seen.token, ttlSeconds))
    return typeof first === 'object' && second === 'conflict'
  }

  /** Whether the entry expires within this time. */
  async expires(key: string, withinMs: number): Promise<boolean> {
    const beganAtMs = performance.now()
    while ((await this.get(key)) !== undefined) {
      if (performance.now() - beganAtMs > withinMs) return false
      await delay(POLL_MS)
    }
    return true
  }

  async remove(key: string): Promise<void> {
    await this.#ask(this.#client.delete(key))
  }

  /** How long each of so many gets took, the quickest first. */
  async roundTripsMs(key: string, count: number): Promise<number[]> {
    const timesMs: number[] = []
    for (let i = 0; i < count; i++) {
      const sentAtMs = performance.now()
      await this.get(key)
      timesMs.push(performance.now() - sentAtMs)
    }
    return timesMs.sort((one, other) => one - other)
  }

  close(): void {
    this.#client.destroy()
  }

  async #ask<T>(operation: Promise<T>): Promise<T> {
    const answer = Promise.race([operation, this.#closed])
    return await withinDeadline(DEADLINE_MS, answer, () => new CacheUnavailable('it does not answer'))
  }
}
