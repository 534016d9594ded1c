import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limitKey } from './clientAddress.js'

interface Connection {
  readonly socket: Socket
  readonly address: string
  /** The answer that it waits for; undefined while it is idle. */
  answer: ServerResponse | undefined
  /** Since when it has been waiting, or has been idle. */
  sinceMs: number
}

/** Unread bytes of all connections together in our memory, besides those in the operating system. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024
/** For a client that reads its answer too slowly, unless it is a stream. Longer than the slowest page (SLOW_QUERY_MS). */
const ANSWER_DEADLINE_MS = 90_000
/** For a client that reads nothing more of an answer that is complete on our side. */
const UNREAD_DEADLINE_MS = 20_000
const SWEEP_MS = 1_000

/**
 * The open connections of a server. When there are `maxConnections`, or as many as one address may have, the one that
 * has been idle for longest is closed. So a client with many idle connections keeps nobody out.
 */
export class Connections {
  readonly #server: Server
  readonly #shareOfOneAddress: number
  readonly #open = new Map<Socket, Connection>()
  readonly #perAddress = new Map<string, number>()

  /** @param shareOfOneAddress the share of all connections that one address may have */
  constructor(server: Server, shareOfOneAddress: number) {
    this.#server = server
    this.#shareOfOneAddress = shareOfOneAddress
    server.on('connection', (socket) => this.#take(socket))
    const sweep = setInterval(() => {
      this.#watchAnswers()
      this.#endSlowestReaders()
    }, SWEEP_MS).unref()
    server.once('close', () => clearInterval(sweep))
  }

  /** @param answer the answer that the connection waits for from now on; undefined if it is idle */
  setAnswer(socket: Socket, answer: ServerResponse | undefined): void {
    const connection = this.#open.get(socket)
    if (!connection) return
    connection.answer = answer
    connection.sinceMs = performance.now()
    // The sweep may have shortened the timeout for the previous answer.
    if (socket.timeout !== this.#server.timeout) socket.setTimeout(this.#server.timeout)
  }

  #take(socket: Socket): void {
    const address = limitKey(socket.remoteAddress ?? '')
    const ofThisAddress = (this.#perAddress.get(address) ?? 0) + 1
    this.#open.set(socket, { socket, address, answer: undefined, sinceMs: performance.now() })
    this.#perAddress.set(address, ofThisAddress)
    socket.once('close', () => this.#forget(socket, address))
    const { maxConnections } = this.#server
    // One place is kept free, because Node itself refuses new connections when there is none.
    if (this.#open.size >= maxConnections) this.#makeRoom((other) => other.socket !== socket)
    if (ofThisAddress > maxConnections * this.#shareOfOneAddress) {
      if (this.#makeRoom((other) => other.address === address && other.socket !== socket)) return
      this.#forget(socket, address)
      socket.destroy()
    }
  }

  #forget(socket: Socket, address: string): void {
    if (!this.#open.delete(socket)) return
    const left = (this.#perAddress.get(address) ?? 0) - 1
    if (left > 0) this.#perAddress.set(address, left)
    else this.#perAddress.delete(address)
  }

  /** @returns whether there was an idle one to close */
  #makeRoom(mayGo: (connection: Connection) => boolean): boolean {
    let longestIdle: Connection | undefined
    for (const connection of this.#open.values()) {
      if (connection.answer || !mayGo(connection)) continue
      if (!longestIdle || connection.sinceMs < longestIdle.sinceMs) longestIdle = connection
    }
    if (!longestIdle) return false
    // At once, because its `close` event comes later, and until then other new connections would choose it again.
    this.#forget(longestIdle.socket, longestIdle.address)
    longestIdle.socket.destroy()
    return true
  }

  /** Ends answers that take too long. If one is complete on our side, its client gets a shorter time to take it. */
  #watchAnswers(): void {
    const lateSinceMs = performance.now() - ANSWER_DEADLINE_MS
    for (const { socket, answer, sinceMs } of this.#open.values()) {
      if (!answer) continue
      if (sinceMs <= lateSinceMs && !isEventStream(answer)) answer.destroy()
      else if (answer.writableEnded && socket.timeout !== UNREAD_DEADLINE_MS)
        socket.setTimeout(UNREAD_DEADLINE_MS)
    }
  }

  /** Ends the connections with the most unread bytes, until the rest is within the limit. */
  #endSlowestReaders(): void {
    let unsentBytes = 0
    for (const { writableLength } of this.#open.keys()) unsentBytes += writableLength
    if (unsentBytes <= MAX_UNSENT_BYTES) return
    const most = [...this.#open.keys()].toSorted((a, b) => b.writableLength - a.writableLength)
    for (const socket of most) {
      if (unsentBytes <= MAX_UNSENT_BYTES) return
      unsentBytes -= socket.writableLength
      socket.destroy()
    }
  }
}

/** The one kind of answer that has no end. */
function isEventStream(answer: ServerResponse): boolean {
  return String(answer.getHeader('Content-Type')).startsWith('text/event-stream')
}
