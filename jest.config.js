/** @type {import('jest').Config} */
const shared = {
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

/** Whole processes, and the tests' own tools. */
const SLOW = ['slow', 'support', 'prove']
/** What has a project of its own. */
const OTHERS = [...SLOW, 'browser', 'deploy']

export default {
  // Real servers share two cores in CI: more workers than that only make each other slow.
  maxWorkers: 2,
  testTimeout: 30_000,
  // Each worker has loaded the app some forty times by then. To free all that takes longer than Jest's half second.
  workerGracefulExitTimeout: 10_000,
  projects: [
    {
      ...shared,
      displayName: 'fast',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...OTHERS.map((folder) => `<rootDir>/test/${folder}/`)],
    },
    {
      // In full what `fast` takes a sample of (see test/support/sample.ts).
      ...shared,
      displayName: 'search',
      globals: { FULL_SEARCH: true },
      testMatch: [
        '<rootDir>/test/{interleavings,hostile}/**/*.test.ts',
        '<rootDir>/test/**/{anyText,gallery,refuseCrossSite,ways}.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'slow',
      testMatch: SLOW.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    { ...shared, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.test.ts'] },
    { ...shared, displayName: 'deploy', testMatch: ['<rootDir>/test/deploy/**/*.test.ts'] },
  ],
}
