import { app, queue, sendChange, sendPage } from './parts/app.js'

// No cache: every page load asks Postgres.

app.get('/', async (_request, response) => {
  sendPage(response, await queue.load(), 'miss')
})

app.post('/add', async (request, response) => {
  sendChange(response, await queue.add(request.body.text))
})

app.post('/remove', async (_request, response) => {
  sendChange(response, await queue.remove())
})
