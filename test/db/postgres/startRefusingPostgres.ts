import { startTcpServer } from '../../support/tcpServer.js'

/** Starts a server that answers each attempt to connect with the same FATAL error. @returns its address */
export async function startRefusingPostgres(sqlState: string): Promise<string> {
  const port = await startTcpServer((socket) => socket.once('data', () => socket.end(fatalError(sqlState))))
  return `postgres://me@127.0.0.1:${port}/queue?sslmode=disable`
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ERRORRESPONSE */
function fatalError(sqlState: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0Mnot today\0\0`)
  const length = Buffer.alloc(4)
  length.writeInt32BE(length.length + fields.length)
  return Buffer.concat([Buffer.from('E'), length, fields])
}
