import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['harness/**/*.test.ts'],
          exclude: ['harness/**/*.lab.test.ts'],
          // Much of it waits for processes and deadlines, so a machine of two cores has room for two at a time.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The virtual lab is one machine with one VM: its tests run one after the other.
        test: {
          name: 'lab',
          include: ['harness/**/*.lab.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
