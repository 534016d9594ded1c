/** @type {import('jest').Config} */
const shared = {
  // Without these, Jest would look through node_modules each time it starts.
  roots: ['<rootDir>/src', '<rootDir>/lab', '<rootDir>/test'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // The sources import each other as './x.js', the name they have once compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  globalSetup: '<rootDir>/test/support/globalSetup.js',
  globalTeardown: '<rootDir>/test/support/globalTeardown.js',
}

/** Whole processes and real waits, the commands beside the app, and the tests' own tools. */
const SLOW = ['slow', 'verify', 'lab', 'support', 'prove']
/** Without this, a test that can try many cases takes a sample of them (see test/support/sample.ts). */
const IN_FULL = { IN_FULL: true }
/** What has a project of its own. */
const OTHERS = [...SLOW, 'browser', 'deploy']

export default {
  // Tests wait for servers half of the time, so three workers keep two cores busy.
  maxWorkers: 3,
  testTimeout: 60_000,
  // Each worker has loaded the app some thirty times by then. To free all that takes longer than Jest's half second.
  workerGracefulExitTimeout: 10_000,
  projects: [
    {
      ...shared,
      displayName: 'fast',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...OTHERS.map((folder) => `<rootDir>/test/${folder}/`)],
    },
    {
      // In full what `fast` takes a sample of.
      ...shared,
      displayName: 'search',
      globals: IN_FULL,
      testMatch: [
        '<rootDir>/test/{interleavings,hostile}/**/*.test.ts',
        '<rootDir>/test/**/{anyText,FrontPage,MemcacheServer,refuseCrossSite,sharedMemcache}.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'slow',
      globals: IN_FULL,
      testMatch: SLOW.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    { ...shared, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.test.ts'] },
    { ...shared, displayName: 'deploy', testMatch: ['<rootDir>/test/deploy/**/*.test.ts'] },
  ],
}
