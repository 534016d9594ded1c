/** One request as it goes over the wire, and what may come back. */
export interface HostileRequest {
  readonly what: string
  readonly bytes: Buffer
  /** The statuses that are right; `closed` if the connection may end without an answer. */
  readonly right: readonly (number | 'closed')[]
  /** Whether it ends before it is complete. */
  readonly isCutShort?: boolean
}

type Headers = readonly (readonly [name: string, value: string])[]

/** A request of HTTP/1.1, its body of the length that it says, unless the headers say something else. */
export function request(
  method: string,
  path: string,
  headers: Headers = [],
  body: Buffer | string = '',
): Buffer {
  const bytes = Buffer.from(body)
  const given = new Set(headers.map(([name]) => name.toLowerCase()))
  const saysLength = given.has('content-length') || given.has('transfer-encoding')
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(given.has('host') ? [] : ['Host: queue.example']),
    'Connection: close',
    ...(bytes.length === 0 || saysLength ? [] : [`Content-Length: ${bytes.length}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  // Latin-1 is one byte for a character: a header may hold any byte.
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
