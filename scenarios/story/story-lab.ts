import { stringify } from 'yaml';
import { labTarget } from '../../harness/commands/lab-target.ts';
import type { PlanOptions } from '../../harness/commands/soak-plan.ts';
import { checkFaultRules } from '../../harness/virtual-lab/faults/load.ts';
import { labImage } from '../../harness/virtual-lab/image/lab-image.ts';
import { downLab, upLab } from '../../harness/virtual-lab/instance.ts';
import { inventoryHost, type ScenarioRun, test as scenario } from '../fixtures.ts';
import { rowOf, storyRow } from './story-row.ts';

/** A lab of the story's own: a run of it disturbs nobody's `virtual`. */
const labName = 'story';

/** BIOS versions of the seed: the one before the bug, and one of the generation that has it. */
export const oldBios = '2304';
export const newBios = '5007';

/** The word of the command line on which the story's panic depends. */
export const panicWord = 'story.panic';

/** Kernels of the lab's image, by their part in the story. */
interface StoryKernels {
  readonly stock: string;
  /** The same kernel with the patch that saves and restores the bridge. */
  readonly patched: string;
  readonly newer: string;
  /** The one that does not boot. */
  readonly dead: string;
}

interface Story {
  readonly kernels: StoryKernels;
  /** Runs the engine on one cell, and puts what came of it into the story's table. */
  tell(letter: string, options: PlanOptions): Promise<ScenarioRun>;
}

export const test = scenario.extend<{ story: Story }, { kernels: StoryKernels }>({
  kernels: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      const image = await labImage(false, { progress: () => undefined, signal: new AbortController().signal });
      await use(partsIn(image.kernels));
    },
    { scope: 'worker', timeout: 15 * 60_000 },
  ],
  host: [
    async ({ hostName, kernels }, use) => {
      const config = { ...(await inventoryHost(hostName)), ssh: { virtualLab: labName } };
      await downLab(labName);
      await upLab({ name: labName, bios: oldBios, faults: faultsOf(kernels) });
      await use({ config, target: await labTarget(config) });
      await downLab(labName);
    },
    { scope: 'worker', timeout: 10 * 60_000 },
  ],
  story: async ({ kernels, vm }, use, testInfo) => {
    await use({
      kernels,
      tell: async (letter, options) => {
        const run = await vm.soak(options);
        const row = JSON.stringify(rowOf(letter, testInfo.title, options.cell, run));
        await testInfo.attach(storyRow, { body: row, contentType: 'application/json' });
        return run;
      },
    });
  },
});

function faultsOf({ dead }: StoryKernels): string {
  const faults = [
    { what: 'bridge-config-lost', when: 'bus-reset', where: '2b:00.0', only: { bios: [newBios] } },
    { what: 'no-boot', when: 'boot', only: { kernels: [dead] } },
    { what: 'kernel-panic', when: 'vm-start', after: 1, only: { commandLine: [panicWord] } },
  ];
  const checked = checkFaultRules(stringify({ faults }));
  if ('compiled' in checked) return checked.compiled;
  throw new Error(checked.problems.map(({ message }) => message).join('; '));
}

function partsIn(releases: readonly string[]): StoryKernels {
  const stock = releases[0];
  const patched = releases.find((release) => release.endsWith('-bridgefix'));
  const newer = releases.find((release) => release.startsWith('6.12.'));
  const dead = releases.findLast((release) => release.startsWith('6.1.') && release !== stock && release !== patched);
  if (stock === undefined || patched === undefined || newer === undefined || dead === undefined) {
    throw new Error(`the image lacks a kernel of the story; it has ${releases.join(', ')}`);
  }
  return { stock, patched, newer, dead };
}

export { expect } from '@playwright/test';
