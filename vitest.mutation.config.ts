import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tables of pci first and the canary last: the first test that fails ends the run of a mutant, so what is quick goes before what is slow. */
class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      if (moduleId.endsWith('/canary.test.ts')) return 2;
      return moduleId.includes('/harness/pci/') ? 0 : 1;
    };
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}

/** The pure tests of the rooms that stryker mutates (stryker.config.mjs, docs/testing.md). */
export default defineConfig({
  test: {
    include: ['harness/{judge,pci,stats}/**/*.test.ts', 'harness/triage/every-line.test.ts'],
    // Random journals find a mutant today and not tomorrow, and take longer than all other tests together.
    // Simulations are as slow, and instrumented a hundred times slower.
    exclude: ['harness/judge/any-journal.test.ts', 'harness/stats/peeking.test.ts'],
    setupFiles: ['harness/test/mutation-setup.ts'],
    // Instrumented, and beside a busy machine, simulations of the statistics take longer than the default.
    testTimeout: 60_000,
    sequence: { sequencer: QuickFirst },
    // One worker a mutant, not one a file; it ends with the mutant, so what a file builds when it is loaded is built anew for each.
    isolate: false,
  },
});
