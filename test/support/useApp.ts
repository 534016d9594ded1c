import { startTestApp, type TestApp } from './testApp.js'

/** The app of the tests that run. */
export let app: TestApp

/** Starts it for the tests of this file or `describe`, configured as `startTestApp` says. */
export function useApp(environment?: Parameters<typeof startTestApp>[0]): void {
  beforeAll(async () => {
    app = await startTestApp(environment)
  })

  afterAll(() => app.close())
}
