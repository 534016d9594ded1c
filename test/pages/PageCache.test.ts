import { jest } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { createHttpServer } from '../../src/http/httpServer.js'
import { PageCache } from '../../src/pages/PageCache.js'
import type { PageLoad } from '../../src/queue/Queue.js'

const HTML = { type: 'html', after: undefined } as const
const render = jest.fn<(view: string, locals: object) => Promise<string>>()

let pageCache: PageCache

beforeEach(() => {
  render.mockReset().mockResolvedValue('text '.repeat(100))
  pageCache = new PageCache(render)
})

afterEach(() => {
  jest.restoreAllMocks()
})

function loadOf(version: number, current = true): PageLoad {
  return { snapshot: { version, origin: 'scripted', length: 0, items: [], next: null }, current }
}

/** What a browser gets when it loads this. */
async function visit(load: PageLoad, as: 'shared' | 'personal' = 'shared') {
  const app = express().get('/', (_request, response) =>
    as === 'shared'
      ? pageCache.send(response, load, HTML)
      : pageCache.sendPersonal(response, load, { removed: { item: null } }),
  )
  const { status, headers } = await request(createHttpServer(app)).get('/').set('Accept-Encoding', 'br')
  return { status, encoding: headers['content-encoding'] }
}

test.each(['shared', 'personal'] as const)(
  'a %s page is rendered once for each snapshot, and once more if it is no longer current',
  async (as) => {
    const [one, two] = [loadOf(1), loadOf(2)]
    for (const load of [one, one, two, one, { ...one, current: false }]) await visit(load, as)
    expect(render).toHaveBeenCalledTimes(3)
  },
)

test.each(['shared', 'personal'] as const)(
  'if a %s page can’t be rendered, the next request tries again',
  async (as) => {
    const load = loadOf(1)
    render.mockRejectedValueOnce(new Error('too many open files'))
    expect((await visit(load, as)).status).toBe(500)
    expect((await visit(load, as)).status).toBe(200)
  },
)

test('at most one page in 20 ms is compressed', async () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000)
  expect((await visit(loadOf(1), 'personal')).encoding).toBe('br')
  clock.mockReturnValue(1_019)
  expect((await visit(loadOf(1), 'personal')).encoding).toBeUndefined()
  clock.mockReturnValue(1_020)
  expect((await visit(loadOf(2))).encoding).toBe('br')
  expect((await visit(loadOf(3))).encoding).toBeUndefined()
})
