// JavaScript, since Jest imports neither TypeScript modules nor what they import from here.
import './typescript.js'

export default async function globalSetup() {
  const { startTestServers } = await import('./testServers.ts')
  await startTestServers()
}
