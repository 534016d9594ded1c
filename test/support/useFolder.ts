import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder of the test that runs. */
export let folder: string

/** Makes one for each test of this file or `describe`, and removes it with all that is in it. */
export function useFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'queue-test-'))
  })

  afterEach(() => rm(folder, { recursive: true }))
}
