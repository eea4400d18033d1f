import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Last comes what takes long: a mutant that a table of ten lines finds needs no whole run of the canary. */
const slowFiles = ['any-journal.test.ts', 'canary.test.ts'];

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => slowFiles.findIndex((name) => moduleId.endsWith(name));
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}

export default defineConfig({
  test: {
    include: ['harness/{judge,pci,stats}/**/*.test.ts', 'harness/triage/every-line.test.ts'],
    exclude: ['harness/judge/any-journal.test.ts'],
    setupFiles: ['harness/test/mutation-setup.ts'],
    sequence: { sequencer: QuickFirst },
    isolate: false,
  },
});
