import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import express, { type RequestHandler } from 'express'
import { createHttpServer } from '../../src/http/httpServer.js'
import { securityHeaders } from '../../src/middleware/securityHeaders.js'
import { draw } from '../diagram/sequence.js'
import { CALM, FAULTS } from '../faults/faults.js'
import type { Experiment } from '../run/Experiment.js'
import { ARTICLE } from '../ways.js'
import type { Board } from './Board.js'
import type { Conductor } from './Conductor.js'
import { excerpt } from './excerpt.js'
import { PLOT_HEIGHT } from './plotPath.js'
import type { Streams } from './Streams.js'

export const RATES = [10, 20, 40, 80] as const

interface Parts {
  readonly board: Pick<Board, 'standings' | 'incident' | 'reset'>
  readonly conductor: Pick<Conductor, 'now' | 'play' | 'tour'>
  readonly experiment: Pick<Experiment, 'loadsPerSecond'>
  readonly streams: Pick<Streams, 'open'>
}

/** Serves the lab's page. It works without JavaScript, but then the visitor must reload it to see changes. */
export function createPage({ board, conductor, experiment, streams }: Parts): Server {
  const app = express()
  app.set('views', folder('./views'))
  app.set('view engine', 'ejs')
  app.use(securityHeaders(), onlyFromHere)
  app.use(express.static(folder('./public')), express.static(folder('../../public')))

  app.get('/', (_request, response) => {
    response.render('lab', {
      standings: board.standings(),
      faults: [CALM, ...FAULTS],
      playing: conductor.now?.fault.id,
      rate: experiment.loadsPerSecond,
      rates: RATES,
      article: ARTICLE,
      plotHeight: PLOT_HEIGHT,
    })
  })
  app.get('/events', (request, response) => streams.open(request, response))
  app.get('/incidents/:id', async (request, response) => {
    const incident = board.incident(Number(request.params.id))
    if (!incident) return response.status(404).render('gone')
    const fault = [CALM, ...FAULTS].find(({ id }) => id === incident.fault)
    const code = await excerpt(incident.way, incident.line)
    response.render('incident', { incident, fault, code, diagram: draw(incident.diagram, 'diagram') })
  })

  app.post('/switches', express.urlencoded(), (request, response) => {
    const fault = [CALM, ...FAULTS].find(({ id }) => id === request.body?.fault)
    if (fault) conductor.play(fault)
    else if (request.body?.fault === 'all') conductor.tour()
    response.redirect(303, '/')
  })
  app.post('/rate', express.urlencoded(), (request, response) => {
    const rate = RATES.find((one) => String(one) === request.body?.rate)
    if (rate) experiment.loadsPerSecond = rate
    response.redirect(303, '/')
  })
  app.post('/reset', (_request, response) => {
    board.reset()
    response.redirect(303, '/')
  })
  return createHttpServer(app)
}

/** No other site's page may press a switch, and requests for another host name are refused. */
const onlyFromHere: RequestHandler = (request, response, next) => {
  const isOurName = request.hostname === '127.0.0.1' || request.hostname === 'localhost'
  const from = request.get('Sec-Fetch-Site') ?? 'none'
  if (isOurName && (request.method === 'GET' || from === 'same-origin' || from === 'none')) next()
  else response.sendStatus(403)
}

function folder(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
