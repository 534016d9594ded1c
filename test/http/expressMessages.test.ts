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

test('requests and responses arrive as Express objects, so Express changes no prototype', async () => {
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

test('headers of the list go with every answer, with those that are set and those that are written', async () => {
  const app = express()
  app.use((_incoming, response, next) => {
    response.headerList.push('X-Common', 'yes')
    next()
  })
  app.get('/set', (_incoming, response) => void response.set('X-Own', 'set').send(''))
  app.get('/written', (_incoming, response) => void response.writeHead(200, ['X-Own', 'written']).end())
  server = createHttpServer(app)
  await request(server).get('/set').expect('X-Common', 'yes').expect('X-Own', 'set')
  await request(server).get('/written').expect('X-Common', 'yes').expect('X-Own', 'written')
  await request(server).get('/nowhere').expect(404).expect('X-Common', 'yes')
})

test('they know their app', async () => {
  const app = express().set('name', 'queue')
  app.get('/', (incoming, response) => void response.send([incoming.app.get('name'), response.app === app]))
  server = createHttpServer(app)
  await request(server).get('/').expect(200, ['queue', true])
})
