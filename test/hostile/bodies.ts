import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { type HostileRequest, request } from './request.js'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const LIMIT_BYTES = 16 * 1024
const ITEM = '{"text":"a"}'

/** Well-formed, but no text to add. */
const NO_TEXT_JSON = [
  ...['null', 'true', '1e400', '-0', '""', '[]', '{}', '{"":"a"}', '{"Text":"a"}', '{"text ":"a"}'],
  ...[String.raw`{"text\u0000":"a"}`, '"text=a"', '[{"text":"a"}]', '{"item":{"text":"a"}}'],
  ...['{"text":{"toString":"a"}}', '{"text":{"valueOf":null}}', '{"text":["a"]}', '{"text":1e999}'],
  ...['{"text":"a","text":""}', String.raw`{"text":"a","\u0074ext":null}`, '{"__proto__":{"text":"a"}}'],
  ...['{"constructor":{"prototype":{"text":"a"}}}', '{"__proto__":null}', '{"toString":"a"}'],
  ...['{"length":1,"0":"a"}', '{"$ne":null}', '{"text":{"$gt":""}}', String.raw`{"text":"\ud800"}`],
  ...[String.raw`{"text":"\udc00\ud800"}`, String.raw`{"text":"a\u0000b"}`, String.raw`{"text":"\u0008"}`],
  ...[String.raw`{"text":"a\r\nSet-Cookie: b=c"}`, String.raw`{"text":"\u0085a\u0085b"}`],
  ...[String.raw`{"text":"\u2029\u3000"}`, `{"text":"${'x'.repeat(201)}"}`],
  ...[`{"text":"${'\u{1f355}'.repeat(201)}"}`, `{"text":"${'e\u0301'.repeat(101)}"}`],
  `${'['.repeat(LIMIT_BYTES / 2)}${']'.repeat(LIMIT_BYTES / 2)}`,
  `{"text":${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}}`,
  ...[`{${Array.from({ length: 1200 }, (_, i) => `"f${i}":${i}`).join(',')}}`, `[${'0,'.repeat(8000)}0]`],
  `{"text":"${'\\u0061'.repeat(2000)}"}`,
]

const MALFORMED_JSON = [
  ...['{', '}', '"', '{"text"', '{"text":}', '{"text":"a"', '{"text":"a"}}', '{"text":"a"}\0'],
  ...['{"text":"\0"}', '{"text":"a\nb"}', '{"text":"\\x41"}', '{"text":"\\ud8"}', "{'text':'a'}"],
  ...['{text:"a"}', '{"text":"a",}', '{"text":"a"}//', '{"text":NaN}', '\u{feff}{', '{"text":undefined}'],
  ...['{"text":0x10}', '<text>a</text>', 'text=a', '['.repeat(LIMIT_BYTES), '{"a":'.repeat(3000)],
  '"\\'.repeat(5000),
]

const NO_TEXT_FORM = [
  ...['a', '=a', '&&&', 'text', 'text=', 'text=+%20%09', 'Text=a', 'text[]=a', 'text[0]=a', 'text[text]=a'],
  ...['text.text=a', 'text%00=a', 'text%20=a', '%2574ext=a', '__proto__=a', '__proto__[text]=a'],
  ...['constructor.prototype.text=a', 'hasOwnProperty=a', 'text=a&text', 'text=a&text=a', 'text=a&text=b'],
  ...['text=a&%74ext=a', 'text=&text=a', '?text=a', 'text=%00', 'text=a%0d%0aSet-Cookie:%20b=c'],
  ...['text=%c2%85a%c2%85b', 'text=%7f', `text=${'x'.repeat(201)}`, `text=${'%F0%9F%8D%95'.repeat(201)}`],
  ...['a&'.repeat(LIMIT_BYTES / 2), `text=${'%E7%89%9B'.repeat(2000)}`],
  ...[`${'a=b&'.repeat(4000)}text=a&text=b`, '&'.repeat(LIMIT_BYTES), 'text=a&'.repeat(2000)],
  `${'['.repeat(5000)}=a`,
]

const MALFORMED_FORM = [
  ...['text=%', 'text=%1', 'text=%zz', 'text=%%', 'text=%u0041', 'text=%ff', 'text=%c3', 'text=%c3%28'],
  ...['text=%c0%80', 'text=%ed%a0%80', 'text=%f4%90%80%80', 'text=%f8%88%80%80%80', 'other=%&text=a'],
  ...['%=a&text=a', '%'.repeat(LIMIT_BYTES)],
]

const NOT_UTF8 = [
  [0xff],
  [0xc3],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xfe, 0xff, 0, 0x61],
].map((bytes) => Buffer.concat([Buffer.from('{"text":"'), Buffer.from(bytes), Buffer.from('"}')]))

const bomb = Buffer.alloc(10_000_000, ' ')
const ENCODED: [what: string, encoding: string, body: Buffer, status: number][] = [
  ['a bomb', 'gzip', gzipSync(bomb), 413],
  ['a bomb', 'deflate', deflateSync(bomb), 413],
  ['a bomb', 'br', brotliCompressSync(bomb), 413],
  ['a bomb in a bomb', 'gzip', gzipSync(gzipSync(bomb)), 400],
  ['a byte over the limit', 'gzip', gzipSync(ITEM.padEnd(LIMIT_BYTES + 1)), 413],
  ['two of them', 'gzip', Buffer.concat([gzipSync(ITEM), gzipSync(bomb)]), 413],
  ['one cut short', 'gzip', gzipSync(ITEM).subarray(0, 15), 400],
  [
    'one with a wrong checksum',
    'gzip',
    Buffer.concat([gzipSync(ITEM).subarray(0, -8), Buffer.alloc(8)]),
    400,
  ],
  ['a head alone', 'gzip', gzipSync(ITEM).subarray(0, 10), 400],
  ['no deflate', 'deflate', deflateRawSync(ITEM), 400],
  ['plain text', 'gzip', Buffer.from(ITEM), 400],
  ['plain text', 'br', Buffer.from(ITEM), 400],
  ['zeros', 'br', Buffer.alloc(1000), 400],
  ['plain text', 'compress', Buffer.from(ITEM), 415],
  ['plain text', 'gzip, gzip', gzipSync(gzipSync(ITEM)), 415],
  ['plain text', '__proto__', Buffer.from(ITEM), 415],
  ['plain text', 'x'.repeat(5000), Buffer.from(ITEM), 415],
]

const OTHER_TYPES = [
  ...['text/plain', 'multipart/form-data; boundary=x', 'multipart/form-data', 'application/xml'],
  ...['application/jsonx', 'application/json5', 'application/json+x', 'application/problem+json'],
  ...['application/x-www-form-urlencodedx', 'json', '/', '*/*', 'application/*', ';', '; charset=utf-8'],
  ...['application/json, text/plain', 'application/json; charset=utf-7', 'application/json; charset=utf-16'],
  ...['application/json; charset=\u00ff', `application/json; charset=${'x'.repeat(5000)}`, '\u00ff'],
  ...['__proto__', 'x'.repeat(10_000)],
]

const TOO_LONG: [type: string, body: string][] = [
  [JSON_TYPE, ITEM.padEnd(LIMIT_BYTES + 1)],
  [JSON_TYPE, '['.repeat(100_000)],
  [FORM, `text=a&${'x'.repeat(LIMIT_BYTES)}`],
  [FORM, 'a&'.repeat(50_000)],
  [FORM, `text=${'%41'.repeat(LIMIT_BYTES)}`],
  [FORM, `text=${'%E7%89%9B'.repeat(20_000)}`],
]

function post(path: string, type: string, body: Buffer | string, status: number, what = String(body)) {
  const bytes = request('POST', path, [['Content-Type', type]], body)
  return { what: `POST ${path} of ${type.slice(0, 60)}: ${what.slice(0, 60)}`, bytes, right: [status] }
}

/** To /remove, which needs no text, goes only what it refuses too. */
const BOTH = ['/add', '/remove']

export const BODIES: readonly HostileRequest[] = [
  ...NO_TEXT_JSON.map((body) => post('/add', JSON_TYPE, body, 422)),
  ...NO_TEXT_FORM.map((body) => post('/add', FORM, body, 422)),
  ...BOTH.flatMap((path) => [
    ...MALFORMED_JSON.map((body) => post(path, JSON_TYPE, body, 400)),
    ...MALFORMED_FORM.map((body) => post(path, FORM, body, 400)),
    ...NOT_UTF8.map((body) => post(path, JSON_TYPE, body, 400, body.toString('hex'))),
    ...OTHER_TYPES.map((type) => post(path, type, ITEM, 415)),
    ...TOO_LONG.map(([type, body]) => post(path, type, body, 413)),
    ...ENCODED.map(([what, encoding, body, status]) => ({
      what: `POST ${path} of ${what} in ${encoding.slice(0, 40)}`,
      bytes: request(
        'POST',
        path,
        [
          ['Content-Type', JSON_TYPE],
          ['Content-Encoding', encoding],
        ],
        body,
      ),
      right: [status],
    })),
  ]),
]
