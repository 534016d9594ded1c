import express from 'express'
import request from 'supertest'
import { createHttpServer } from '../../src/http/httpServer.js'
import { SharedPage } from '../../src/pages/SharedPage.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'

const BROWSER = 'gzip, deflate, br'

useApp()

beforeAll(async () => {
  for (let i = 0; i < 10; i++) await app.add(`something ${i}`)
  // Soon after a compression none is made.
  for (const encoding of ['br', 'gzip']) {
    await until(`the page comes as ${encoding}`, async () => {
      return (await load(encoding)).headers['content-encoding'] === encoding
    })
  }
})

function load(encodings: string, headers = {}) {
  return app.get('/', { Accept: 'text/html', 'Accept-Encoding': encodings, ...headers })
}

test.each([
  [BROWSER, 'br'],
  ['gzip, deflate', 'gzip'],
  ['gzip;q=1, br;q=0', 'gzip'],
  ['*', 'br'],
])('to %s it sends the same page as %s, only shorter', async (encodings, expected) => {
  const plain = await load('identity').expect(200)
  const compressed = await load(encodings).expect(200)
  expect(compressed.headers['content-encoding']).toBe(expected)
  expect(compressed.text).toBe(plain.text)
  expect(Number(compressed.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']))
  expect(compressed.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    vary: 'Accept, Accept-Encoding',
  })
})

test.each(['identity', '', 'deflate', 'identity;q=0'])(
  'to "%s" it sends the plain page',
  async (encodings) => {
    const { headers, text } = await load(encodings).expect(200)
    expect(headers).not.toHaveProperty('content-encoding')
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text))
  },
)

test('each encoding has its own ETag, and each of them gets 304', async () => {
  const etags = await Promise.all(
    ['identity', 'gzip', 'br'].map(async (encoding) => (await load(encoding)).headers.etag ?? ''),
  )
  expect(new Set(etags).size).toBe(3)
  for (const [index, encoding] of ['identity', 'gzip', 'br'].entries()) {
    const { headers } = await load(encoding, { 'If-None-Match': etags[index] }).expect(304)
    expect(headers.etag).toBe(etags[index])
  }
})

test('a client that got the plain page before it was compressed gets 304 afterwards too', async () => {
  const { etag } = (await load('identity')).headers
  const { headers } = await load(BROWSER, { 'If-None-Match': etag }).expect(304)
  expect(headers.etag).toBe(etag)
})

test('a forced reload gets the page again, with any `If-None-Match`', async () => {
  const { etag } = (await load(BROWSER)).headers
  await load(BROWSER, { 'If-None-Match': etag, 'Cache-Control': 'no-cache' }).expect(200)
  await load(BROWSER, { 'If-None-Match': '*' }).expect(304)
})

test('answers HEAD with the headers of the compressed page', async () => {
  const { headers } = await load(BROWSER)
  const head = await app.request('HEAD', '/', { Accept: 'text/html', 'Accept-Encoding': BROWSER }).expect(200)
  expect(head.headers).toMatchObject({
    etag: headers.etag,
    'content-encoding': 'br',
    'content-length': headers['content-length'],
  })
})

test('a page is sent uncompressed until it may be compressed', async () => {
  let mayCompress = false
  const page = new SharedPage('html', 'name', 'text '.repeat(100), () => mayCompress)
  const server = createHttpServer(express().get('/', (_request, response) => page.send(response)))
  const asBrowser = () => request(server).get('/').set('Accept-Encoding', BROWSER)
  const plain = await asBrowser().expect(200)
  expect(plain.headers).toMatchObject({ etag: '"name"', 'content-length': '500' })
  expect(plain.headers).not.toHaveProperty('content-encoding')
  mayCompress = true
  const compressed = await asBrowser().expect(200)
  expect(compressed.headers).toMatchObject({ etag: '"name-br"', 'content-encoding': 'br' })
  server.close()
})
