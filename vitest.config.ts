import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['harness/**/*.test.ts'],
          exclude: ['harness/**/*.lab.test.ts'],
          globalSetup: 'harness/test/bundled-cli.ts',
          // Much of it waits for processes and deadlines, so a machine of two cores has room for two at a time.
          maxWorkers: 2,
          // Most of a small file's time went into loading modules that the file before it had loaded; none of ours keeps what a test did.
          isolate: false,
          // Only what hangs gets there: a bisect over the twin takes 20 s, and three times as long beside other work.
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The virtual lab is one machine with one VM: its tests run one after the other.
        test: {
          name: 'lab',
          include: ['harness/**/*.lab.test.ts'],
          globalSetup: 'harness/test/bundled-cli.ts',
          fileParallelism: false,
          testTimeout: 300_000,
          // The first one may have to build the image, beside the tests of the rooms.
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
