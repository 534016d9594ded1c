import { morph } from './morph.js'
import { ask, byId, say } from './requests.js'

const INTERVAL_MS = 1_000
const DEADLINE_MS = 5_000
/** If so many answers in a row come from other processes, ours has probably ended. */
const MAX_FROM_OTHERS = 10
const NO_ANSWER = 'No answer. This page shows the last answer, and tries again every second.'

let fromOthers = 0

/** Shows the page as it is now. Several processes may answer at this address; the page stays with one of them. */
async function update() {
  const { response, page } = await ask('/status', { deadlineMs: DEADLINE_MS })
  if (!response.ok) throw new Error(`status ${response.status}`)
  const isFromOther = page.body.dataset.process !== document.body.dataset.process
  fromOthers = isFromOther ? fromOthers + 1 : 0
  if (isFromOther && fromOthers <= MAX_FROM_OTHERS) return
  document.title = page.title
  morph(document.body, page.body)
}

for (;;) {
  await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS))
  if (document.hidden) continue
  await update().catch(() => say(byId('no-answer'), NO_ANSWER))
}
