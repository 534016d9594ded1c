import request from 'supertest'
import { CALM, FAULTS } from '../../lab/faults/faults.js'
import { createPage } from '../../lab/page/createPage.js'

let pressed: string[]
const experiment = { loadsPerSecond: 20 }

function page() {
  pressed = []
  experiment.loadsPerSecond = 20
  return createPage({
    board: {
      standings: () => [],
      incident: () => undefined,
      reset: () => void pressed.push('reset'),
    },
    conductor: {
      now: undefined,
      play: ({ id }) => void pressed.push(id),
      tour: () => void pressed.push('all'),
    },
    experiment,
    streams: { open: (_request, response) => response.end() },
  })
}

test('has a switch for every fault, with a sentence that says how long it lasts', async () => {
  const { text } = await request(page()).get('/').set('Host', '127.0.0.1').expect(200)
  for (const { id, does } of [CALM, ...FAULTS]) {
    expect(text).toContain(`value="${id}"`)
    expect(text).toContain(does.replaceAll("'", '&#39;'))
  }
  for (const { does } of FAULTS) expect(does).toMatch(/It lasts \d+ seconds\.$/)
})

test('a switch is pressed by a form, with a script or without', async () => {
  const app = page()
  const press = (fault: string) =>
    request(app).post('/switches').set('Host', 'localhost').type('form').send({ fault })
  await press('flush').expect(303)
  await press('all').expect(303)
  await press('nonsense').expect(303)
  expect(pressed).toEqual(['flush', 'all'])
})

test('takes a rate that it offers, and no other', async () => {
  const app = page()
  const set = (rate: string) =>
    request(app).post('/rate').set('Host', 'localhost').type('form').send({ rate })
  await set('80').expect(303)
  await set('80000').expect(303)
  expect(experiment.loadsPerSecond).toBe(80)
})

test('no other site can press a switch, and no other name leads to the page', async () => {
  const app = page()
  const fromElsewhere = request(app)
    .post('/reset')
    .set('Host', '127.0.0.1')
    .set('Sec-Fetch-Site', 'cross-site')
  await fromElsewhere.expect(403)
  await request(app).get('/').set('Host', 'evil.example').expect(403)
  expect(pressed).toEqual([])
})

test('loads nothing from elsewhere, and runs no script that is written into the page', async () => {
  const { headers, text } = await request(page()).get('/').set('Host', '127.0.0.1')
  expect(headers['content-security-policy']).toContain(
    "default-src 'none';script-src 'self';style-src 'self'",
  )
  expect(text).not.toMatch(/ style=|<style|<script>| on\w+=/)
})

test('the page of a stale load that is no longer kept says so', async () => {
  const { text } = await request(page()).get('/incidents/7').set('Host', '127.0.0.1').expect(404)
  expect(text).toContain('Not kept')
})
