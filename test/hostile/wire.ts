import { type HostileRequest, request } from './request.js'

const JSON_TYPE = ['Content-Type', 'application/json'] as const
const ITEM = '{"text":"a"}'
const MALFORMED = [400, 'closed'] as const

/** A POST with these lines of head, exactly as they stand. */
function post(lines: string, body = ''): Buffer {
  return Buffer.from(
    `POST /add HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n${lines}\r\n${body}`,
    'latin1',
  )
}

function raw(what: string, bytes: string | Buffer, ...right: HostileRequest['right']): HostileRequest {
  return { what, bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1'), right }
}

/** Two lengths, or one that is none: if two programs in a row disagree, a second request can hide in the first. */
const LENGTHS: HostileRequest[] = [
  ...['Content-Length: -1\r\n', 'Content-Length: +12\r\n', 'Content-Length: 0x0c\r\n'],
  ...['Content-Length: 1e1\r\n', 'Content-Length: 12.0\r\n', 'Content-Length: 12 12\r\n'],
  ...['Content-Length: 12, 12\r\n', 'Content-Length: 12;\r\n', 'Content-Length: a\r\n'],
  ...['Content-Length: \r\n', 'Content-Length: 99999999999999999999\r\n'],
  'Content-Length: 12\r\nContent-Length: 12\r\n',
  'Content-Length: 12\r\nContent-Length: 0\r\n',
  'Content-Length: 12\r\nTransfer-Encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 12\r\n',
  ...['Content-Length : 12\r\n', 'Content-Length\t: 12\r\n', ' Content-Length: 12\r\n'],
  'Content-Length: 1\r\n 2\r\n',
  ...['Transfer-Encoding: chunked, identity\r\n', 'Transfer-Encoding: identity\r\n'],
  ...['Transfer-Encoding: xchunked\r\n', 'Transfer-Encoding: \x0bchunked\r\n'],
  ...['Transfer-Encoding: "chunked"\r\n', 'Transfer-Encoding : chunked\r\n', 'Transfer-Encoding: gzip\r\n'],
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
].map((lines) => raw(`a body announced by ${JSON.stringify(lines)}`, post(lines, ITEM), ...MALFORMED))

const CHUNKS: HostileRequest[] = [
  ...['-1\r\n', 'z\r\n', '0x1\r\na\r\n0\r\n\r\n', ' 1\r\na\r\n0\r\n\r\n', '\r\n', '1\na\n0\n\n'],
  ...['1\r\nab\r\n0\r\n\r\n', '1\r\na0\r\n\r\n', 'ffffffffffffffff\r\n', 'fffffffffffffffff\r\n'],
  '100000000000000000000\r\n',
  '1;\0\r\na\r\n0\r\n\r\n',
  `1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
  ...['0\r\nX\r\n\r\n', '0\r\nX: a\rb\r\n\r\n', '0\r\n: a\r\n\r\n'],
].map((body) => ({
  ...raw(
    `the chunks ${JSON.stringify(body.slice(0, 40))}`,
    post('Transfer-Encoding: chunked\r\n', body),
    400,
    413,
    'closed',
  ),
  isCutShort: true,
}))

const HEADS: HostileRequest[] = [
  raw('HTTP/0.9', 'GET /\r\n\r\n', 200, ...MALFORMED),
  raw('HTTP/1.0 without a Host', 'GET /nope HTTP/1.0\r\n\r\n', 404),
  raw('HTTP/2.0', 'GET / HTTP/2.0\r\nHost: x\r\nConnection: close\r\n\r\n', 200, ...MALFORMED),
  raw('HTTP/9.9', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', ...MALFORMED),
  raw('HTTP/1.10', 'GET / HTTP/1.10\r\nHost: x\r\n\r\n', ...MALFORMED),
  raw('another protocol', 'GET / ICE/1.0\r\nHost: x\r\n\r\n', ...MALFORMED),
  raw('the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ...MALFORMED),
  raw('the beginning of TLS', Buffer.from('16030100c4010000c00303', 'hex'), ...MALFORMED),
  raw('SMTP', 'EHLO evil.example\r\n', ...MALFORMED),
  raw('random bytes', Buffer.from('8f0e4cd5b1a2ff00d39acb7701', 'hex'), ...MALFORMED),
  raw('NULs', Buffer.alloc(1000), ...MALFORMED),
  raw('no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400),
  raw('two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 200, 400),
  raw('bare line feeds', 'GET / HTTP/1.1\nHost: x\nConnection: close\n\n', 200, ...MALFORMED),
  raw('bare carriage returns', 'GET / HTTP/1.1\rHost: x\r\r', ...MALFORMED),
  raw('a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', ...MALFORMED),
  raw('a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n', ...MALFORMED),
  raw('a space in the name of a header', 'GET / HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n', ...MALFORMED),
  raw('a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\na: b\0c\r\n\r\n', ...MALFORMED),
  raw('a folded header', 'GET / HTTP/1.1\r\nHost: x\r\na: b\r\n c\r\nConnection: close\r\n\r\n', 200, 400),
  raw('an absolute address', request('GET', 'http://evil.example/nope'), 404),
  raw('an asterisk', request('OPTIONS', '*'), 404, 405),
  raw('an authority', request('CONNECT', 'evil.example:443'), 404, ...MALFORMED),
  raw('a path without a slash', request('GET', 'nope'), 404, 400),
  raw('a space in the path', request('GET', '/a b'), ...MALFORMED),
  raw('an address of 20 KB', request('GET', `/${'a'.repeat(20_000)}`), 431),
  raw('a query of 20 KB', request('GET', `/?${'a=b&'.repeat(5000)}`), 431),
  raw('a header of 20 KB', request('GET', '/', [['X', 'a'.repeat(20_000)]]), 431),
  raw('9000 headers', request('GET', '/', Array(9000).fill(['X', 'a'])), 431),
]

const HEADERS: HostileRequest[] = (
  [
    ['Accept', '*'.repeat(10_000), 200],
    ['Accept', 'text/html;q=a,;;;,/', 200],
    ['Accept', 'application/json;q=1e999', 200],
    ['Accept', '__proto__', 200],
    ['Accept', ',text/html'.repeat(1000), 200],
    ['Accept-Encoding', 'gzip;q=-1, \u00ff', 200],
    ['If-None-Match', '"'.repeat(5000), 200],
    ['If-None-Match', ','.repeat(10_000), 200],
    ['If-Modified-Since', 'yesterday', 200],
    ['Range', 'bytes=0-0,0-0,0-0', 200],
    ['Range', 'bytes=99999999999999999999-', 200],
    ['Cookie', '__proto__=a; '.repeat(900), 200],
    ['X-HTTP-Method-Override', 'DELETE', 200],
    ['X-Original-URL', '/remove', 200],
    ['X-Forwarded-For', `${'1.1.1.1,'.repeat(1500)}`, 200],
    ['X-Forwarded-Host', 'evil.example', 200],
    ['X-Forwarded-Proto', 'javascript', 200],
    ['HX-Request', 'true, true', 200],
    ['__proto__', 'a', 200],
    ['constructor', 'a', 200],
    ['Host', '\u00ff', 200],
    ['Host', 'a b', 200],
    ['Host', '', 200],
    ['Upgrade', 'websocket', 200],
    ['Upgrade', 'h2c', 200],
    ['Expect', 'something else', 417],
    ['Authorization', `Basic ${'='.repeat(5000)}`, 200],
    ['Referer', 'javascript:alert(1)', 200],
    ['User-Agent', '() { :; }; echo vulnerable', 200],
    ['Content-Length', '5', 200],
  ] as [name: string, value: string, status: number][]
).map(([name, value, status]) =>
  raw(
    `${name}: ${value.slice(0, 40)}`,
    request('GET', '/', [[name, value]], name === 'Content-Length' ? 'hello' : ''),
    status,
  ),
)

const CUT_SHORT: HostileRequest[] = [
  '\r\n\r\n',
  'GET',
  'GET / HTTP/1.1',
  'GET / HTTP/1.1\r\nHost: x\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nX: ',
  post('Content-Length: 12\r\n').toString('latin1'),
  post('Content-Length: 13\r\n', ITEM).toString('latin1'),
  post('Content-Length: 99999999\r\n', ITEM).toString('latin1'),
  post('Transfer-Encoding: chunked\r\n', `c\r\n${ITEM}\r\n`).toString('latin1'),
  post('Transfer-Encoding: chunked\r\n', 'ff\r\n{"text":').toString('latin1'),
].map((bytes) => ({
  ...raw(`a request that ends after ${JSON.stringify(bytes.slice(-20))}`, bytes, 400, 413, 'closed'),
  isCutShort: true,
}))

/** What no library sends, and what is no more right if it comes all the same. */
const TWICE_OR_WITHOUT: HostileRequest[] = [
  raw(
    'a body over 16 KiB in chunks, of no declared length',
    post('Transfer-Encoding: chunked\r\n', `5000\r\n${'x'.repeat(0x5000)}\r\n0\r\n\r\n`),
    413,
  ),
  raw('two content types', request('POST', '/add', [['Content-Type', 'text/plain'], JSON_TYPE], ITEM), 415),
  raw(
    'two kinds of Sec-Fetch-Site',
    post('Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 12\r\n', ITEM),
    403,
  ),
  raw('an Origin and no Host', 'POST /add HTTP/1.0\r\nOrigin: http://x\r\nContent-Length: 0\r\n\r\n', 403),
]

const HIDDEN: HostileRequest[] = [
  raw('a request hidden behind a body', post('Content-Length: 2\r\n', `{}${post('', '')}`), 422, 400),
  raw(
    'a write hidden in the body of a read',
    request('GET', '/', [JSON_TYPE], request('POST', '/remove')),
    200,
  ),
]

export const WIRE: readonly HostileRequest[] = [
  ...LENGTHS,
  ...CHUNKS,
  ...HEADS,
  ...HEADERS,
  ...CUT_SHORT,
  ...TWICE_OR_WITHOUT,
  ...HIDDEN,
]
