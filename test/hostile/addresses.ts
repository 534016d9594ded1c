import { METHODS } from 'node:http'
import { ASSETS_PATH } from '../../src/pages/assets.js'
import { type HostileRequest, request } from './request.js'

const TRAVERSALS = [
  ...['..', '../..', '../../package.json', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json'],
  ...['%2e%2e%2f%2e%2e%2fpackage.json', '..%252f..%252fpackage.json', '..\\..\\package.json'],
  ...['..%5c..%5cpackage.json', '..%c0%af..%c0%afpackage.json', '....//....//package.json', './/../../.env'],
  ...['%00', 'styles.css%00', 'styles.css%00.html', 'styles.css/..', 'styles.css/', '.git/config', '.env'],
  ...['%', '%f', '%zz', '%ff', '%u0000', '%ed%a0%80', '~root', ';', 'styles.css;x', 'styles.css::$DATA'],
  ...['con', 'a'.repeat(10_000), '%41'.repeat(3000), '/'.repeat(3000), '../'.repeat(3000)],
]

const PATHS = [
  ...['//', '//evil.example/', '/\\evil.example', '/.', '/./', '/add/', '/add%20', '/add%00', '/add;text=a'],
  ...['/add.json', '/ADD', '/%61dd', '/add/../remove', '/__proto__', '/constructor', '/hasOwnProperty'],
  ...['/index.html', '/server-status', '/wp-login.php', '/cgi-bin/%%32%65%%32%65/sh'],
  ...['/$%7bjndi:ldap://evil.example/x%7d', '/{{7*7}}', "/'; drop table item; --"],
  ...['/<script>alert(1)</script>', '/?/../add', '/#', '/%0d%0aSet-Cookie:%20a=b', '/%e2%80%ae', '/\u00e9'],
  '/\u0080\u00ff',
]

/** That no page has, and those that mean nothing as a query. */
const AFTERS = [
  ...['', '0', '-1', '1.5', 'abc', '1e3', '0x10', '٣', '%31%00', '%00', '%', '%zz', '%ff', '%201', '1%20'],
  ...['1+', '+1', 'NaN', 'Infinity', 'null', 'true', '9007199254740993', '99999999999999999999'],
  ...['1'.repeat(5000), "1' or '1'='1", '1;select+1', '1)--', '1&after=2', '1&after=1', '&after=1'],
  ...[`&${'a&'.repeat(2000)}after=1`, `1&${'a=b&'.repeat(2000)}after=2`],
]

/** Behind more parameters than many parsers read. */
const BURIED_AFTERS = [
  `${'a&'.repeat(2000)}after=x`,
  `${'a=b&'.repeat(2000)}after=1&after=2`,
  `after=1&${'&'.repeat(5000)}after=1`,
]

/** Queries that have nothing to say here. */
const IGNORED_QUERIES = [
  ...['after[]=1', 'after[x]=1', 'after.x=1', '__proto__=1', '__proto__[after]=1'],
  ...['constructor[prototype][after]=1', 'toString=1', 'hasOwnProperty=1', 'AFTER=1', '&'.repeat(5000)],
  ...['a=b&'.repeat(3000), '='.repeat(5000), '%00=%00', '?'.repeat(5000), '[]'.repeat(2000)],
]

/** Where a path is answered as it stands, without its dots being followed. */
const NOT_THERE = [400, 404]

export const ADDRESSES: readonly HostileRequest[] = [
  ...TRAVERSALS.flatMap((path) =>
    ['', ASSETS_PATH].map((folder) => ({
      what: `GET ${folder}/${path}`,
      bytes: request('GET', `${folder}/${path}`),
      right: NOT_THERE,
    })),
  ),
  ...PATHS.map((path) => ({
    what: `GET ${path}`,
    bytes: request('GET', path),
    right: path.startsWith('/?') || path === '/#' ? [200, 400, 404] : NOT_THERE,
  })),
  ...AFTERS.map((after) => ({
    what: `GET /?after=${after}`,
    bytes: request('GET', `/?after=${after}`),
    right: [400],
  })),
  ...BURIED_AFTERS.map((query) => ({
    what: `GET /?${query}`,
    bytes: request('GET', `/?${query}`),
    right: [400],
  })),
  ...IGNORED_QUERIES.map((query) => ({
    what: `GET /?${query}`,
    bytes: request('GET', `/?${query}`),
    right: [200],
  })),
  ...METHODS.filter((method) => !['GET', 'HEAD', 'POST', 'CONNECT', 'OPTIONS'].includes(method)).flatMap(
    (method) =>
      ['/', '/add', '/remove'].map((path) => ({
        what: `${method} ${path}`,
        bytes: request(method, path, [['Content-Type', 'application/json']], '{"text":"a"}'),
        right: [405],
      })),
  ),
  ...['get', 'GETT', 'POST\t', '', ' ', 'G\u00cbT', 'GET\0', '<script>', 'A'.repeat(10_000)].map(
    (method) => ({
      what: `the method ${JSON.stringify(method)}`,
      bytes: request(method, '/'),
      right: [400, 'closed' as const],
    }),
  ),
]
