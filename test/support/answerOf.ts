import type { Socket } from 'node:net'

/** All that the server answers until it closes the connection, or resets it because it has not taken everything. */
export function answerOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {}) // what came before a reset has been read
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}
