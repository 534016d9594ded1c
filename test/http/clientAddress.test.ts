import type { Request } from 'express'
import { clientAddress } from '../../src/http/clientAddress.js'

const PROXY = '10.0.0.1'

/** What the proxy says; it came over a connection of its own. */
function from(ip: string): string {
  return clientAddress({ ip, socket: { remoteAddress: PROXY } } as Request)
}

test.each([
  '198.51.100.1',
  '198.51.100.1:4711', // Azure
  '198.51.100.1:80',
  '"198.51.100.1:4711"', // as RFC 7239 has it
  '[198.51.100.1]:4711',
  '::ffff:198.51.100.1',
  '[::ffff:198.51.100.1]:4711',
  '::ffff:c633:6401',
])('%s is one client', (ip) => {
  expect(from(ip)).toBe('198.51.100.1')
})

test.each([
  '2001:db8::1',
  '2001:DB8::1',
  '2001:0db8:0:0:0:0:0:1',
  '[2001:db8::1]',
  '[2001:db8::1]:443',
  '"[2001:db8::1]:443"',
  '2001:db8::ffff:0:1', // of the same network of 64 bits
  '2001:db8::1%eth0',
  '[2001:db8::1%25eth0]:443',
])('%s is one client', (ip) => {
  expect(from(ip)).toBe(from('2001:db8::1'))
  expect(from(ip)).not.toBe(from('2001:db8:0:1::1'))
})

test('the address alone counts, not the port and not the zone', () => {
  expect(from('198.51.100.1:4711')).not.toBe(from('198.51.100.2:4711'))
  expect(from('fe80::1%eth0')).toBe(from('fe80::1%eth1'))
})

test.each([
  ...['unknown', '_hidden', '_SEVKISEK', '', ':', '[]', '[]:443', '[unknown]:443', '198.51.100'],
  ...['198.51.100.1.2', '198.51.100.256:80', '198.51.100.1:', '198.51.100.1:http', '2001:db8::1]:443'],
  ...['[2001:db8::1', 'localhost:80', '<script>', '%', 'x'.repeat(5000)],
])('%s is not an address: the proxy’s own counts', (ip) => {
  expect(from(ip)).toBe(PROXY)
})

test('a closed connection has no address', () => {
  expect(clientAddress({ socket: {} } as Request)).toBe('')
})
