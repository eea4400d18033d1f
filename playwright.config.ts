import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { loadInventory } from './harness/inventory/load.ts';
import type { LabOptions } from './scenarios/fixtures.ts';

const inventory = await loadInventory(fileURLToPath(new URL('lab-inventory.yaml', import.meta.url)));

/** One project for each host of the inventory: `npx playwright test --project=virtual`. */
export default defineConfig<LabOptions>({
  testDir: 'scenarios',
  outputDir: 'test-results',
  globalSetup: './scenarios/lab-power.ts',
  // A lab host has one passthrough VM: its scenarios run one after the other. Each has its own deadlines in the engine.
  workers: 1,
  fullyParallel: false,
  timeout: 15 * 60_000,
  // A second try would hide exactly the fault that is looked for.
  retries: 0,
  reporter: [['list']],
  projects: [
    ...inventory.hosts.map(({ name }) => ({ name, testIgnore: ['story/**', 'bisect/**'], use: { hostName: name } })),
    // The seed's whole story, in a virtual lab of its own: npm run story.
    { name: 'story', testMatch: 'story/**/*.spec.ts', use: { hostName: 'virtual' } },
    // A whole bisect in a virtual lab of its own, which takes hours where QEMU emulates: npx playwright test --project=bisect.
    { name: 'bisect', testMatch: 'bisect/**/*.spec.ts', timeout: 6 * 3_600_000 },
  ],
});
