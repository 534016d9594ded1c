import { parseConfig } from '../src/config.js'

const one = { host: 'one.example', port: 11_211 }
const two = { host: '10.0.0.2', port: 11_222 }

test.each([
  'one.example,10.0.0.2:11222',
  'one.example:11211; 10.0.0.2:11222',
  ' one.example 10.0.0.2:11222 ',
])('servers are read from "%s"', (servers) => {
  expect(parseConfig({ MEMCACHIER_SERVERS: servers }).memcache.servers).toEqual([one, two])
  expect(parseConfig({ MEMCACHE_SERVERS: servers }).memcache.servers).toEqual([one, two])
})

test('servers may have IPv6 addresses', () => {
  const { servers } = parseConfig({ MEMCACHE_SERVERS: '[::1]:11222,[::2]' }).memcache
  expect(servers).toEqual([
    { host: '::1', port: 11_222 },
    { host: '::2', port: 11_211 },
  ])
})

test('servers and their credentials under MEMCACHIER_ names win over the generic ones', () => {
  const memcachier = {
    MEMCACHIER_SERVERS: 'one.example',
    MEMCACHIER_USERNAME: 'a',
    MEMCACHIER_PASSWORD: 'b',
  }
  const generic = { MEMCACHE_SERVERS: 'other', MEMCACHE_USERNAME: 'c', MEMCACHE_PASSWORD: 'd' }
  const expected = { servers: [one], username: 'a', password: 'b' }
  expect(parseConfig({ ...generic, ...memcachier }).memcache).toEqual(expected)
  expect(parseConfig({ ...generic }).memcache).toMatchObject({ username: 'c', password: 'd' })
})

test.each([
  ...['host:0', 'host:99999', 'host:', ':11211', '::1', '[::1', '[1.2.3.4]', '[12345]:11211', '127.0.0.256'],
  ...['10.0.0:11211', 'memcached://host:11211', '"host"', 'host:11211:11211'],
])('refuses %s as a memcache server, alone and among good ones', (server) => {
  const should = 'should be host or host:port, port 1 to 65535'
  expect(() => parseConfig({ MEMCACHIER_SERVERS: server })).toThrow(
    `MEMCACHIER_SERVERS is ${JSON.stringify(server)}, but ${should}`,
  )
  expect(() => parseConfig({ MEMCACHIER_SERVERS: `good.example, ${server}` })).toThrow(
    `, but ${JSON.stringify(server)} in it ${should}`,
  )
})
