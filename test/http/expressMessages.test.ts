import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import express from 'express'
import request from 'supertest'
import { createHttpServer } from '../../src/http/httpServer.js'

let server: Server

afterEach(async () => {
  server.close()
  await once(server, 'close')
})

test('requests and responses arrive as Express wants them, so that it changes no prototype', async () => {
  const app = express()
  app.get('/', (incoming, response) => void response.send(incoming.get('X-Asked')))
  server = createHttpServer(app)
  const born: unknown[] = []
  server.prependListener('request', (incoming: IncomingMessage, response: ServerResponse) => {
    born.push(Object.getPrototypeOf(incoming), Object.getPrototypeOf(response))
  })
  await request(server).get('/').set('X-Asked', 'yes').expect(200, 'yes')
  expect(born).toEqual([app.request, app.response])
})

test('they know their app', async () => {
  const app = express().set('name', 'queue')
  app.get('/', (incoming, response) => void response.send([incoming.app.get('name'), response.app === app]))
  server = createHttpServer(app)
  await request(server).get('/').expect(200, ['queue', true])
})
