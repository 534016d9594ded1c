import { connect, type Socket } from 'node:net'

/** All that the server answers until it closes the connection, or resets it because it has not taken everything. */
export function answerOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {}) // what came before a reset has been read
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}

/** Sends a request exactly as it is written here, over a connection of its own. It should say `Connection: close`. */
export function answerTo(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request, 'latin1')
  return answerOf(socket)
}
