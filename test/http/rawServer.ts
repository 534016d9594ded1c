import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { jest } from '@jest/globals'
import express from 'express'
import { createHttpServer } from '../../src/http/httpServer.js'

/** A request of a client that keeps its connection, and of one that wants no other. */
export const KEPT = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
export const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** The server of the test that runs. */
export let server: Server

afterEach(() => {
  jest.useRealTimers()
  server.close()
  server.closeAllConnections()
})

/** Starts the server; it ends with the test. */
export async function start(listener: RequestListener, options = {}): Promise<void> {
  server = createHttpServer(
    express().use((request, response) => listener(request, response)),
    options,
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
}

/** Starts a server that answers how long the body was. */
export function echoBodyLength(options = {}): Promise<void> {
  return start((request, response) => {
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
    })
    request.on('end', () => response.end(String(length)))
  }, options)
}

/** Connects, and sends this. */
export async function send(bytes: string, localAddress = '127.0.0.1'): Promise<Socket> {
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {}) // it may be cut while it still sends
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}
