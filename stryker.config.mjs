/** Mutation score of the pure rooms, `npm run mutation` (docs/testing.md). No part of `npm test`. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: ['harness/{judge,pci,stats}/**/*.ts', '!harness/**/*.test.ts', '!harness/**/fixtures/**'],
  ignorePatterns: ['/reports', '/test-results', '/scenarios', '/bench', '/docs'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A mutant that runs into its limit counts as found, so on a loaded machine the limit must be far off.
  timeoutMS: 60_000,
  thresholds: { high: 95, low: 85, break: 85 },
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { logTests: false, allowColor: false },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  // Only what changed is tested again; `-- --force` tests everything.
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  cleanTempDir: 'always',
};
