import { fileURLToPath } from 'node:url';
import { test as base } from '@playwright/test';
import { systemClock } from '../harness/clock.ts';
import { labTarget } from '../harness/commands/lab-target.ts';
import { recordRun, runDirectory } from '../harness/commands/record-run.ts';
import { type PlanOptions, runName, soakPlan } from '../harness/commands/soak-plan.ts';
import { type HostSurvey, surveyHost } from '../harness/cycle/preflight.ts';
import { runSoak } from '../harness/cycle/soak.ts';
import { ComebackError } from '../harness/errors.ts';
import { LabHost } from '../harness/host/lab-host.ts';
import type { LabHostConfig } from '../harness/inventory/config.ts';
import { hostByName, loadInventory } from '../harness/inventory/load.ts';
import type { RunJudgement } from '../harness/judge/run-judgement.ts';
import { writeReports } from '../harness/report/write-reports.ts';
import type { SshTarget } from '../harness/ssh/target.ts';
import { upLab } from '../harness/virtual-lab/instance.ts';

const reports = 'reports';

/** What the last cycle may still take once a scenario has used up its time. */
const endInOrderMs = 3 * 60_000;

/** Set by the project: which host of the inventory to test. */
export interface LabOptions {
  hostName: string;
}

/** The lab host of the project. */
export interface Lab {
  readonly config: LabHostConfig;
  readonly target: SshTarget;
}

/** A run that a scenario made, judged from its journal. */
export interface ScenarioRun {
  readonly judgement: RunJudgement;
  /** What ended it before its cycles were done; undefined where nothing did. */
  readonly failure: ComebackError | undefined;
}

/** The passthrough VM on it. */
interface PassthroughVm {
  /** Runs the engine; leaves the same journal and reports as `comeback soak`. */
  soak(options: PlanOptions): Promise<ScenarioRun>;
}

export const test = base.extend<{ vm: PassthroughVm; survey: () => Promise<HostSurvey> }, LabOptions & { host: Lab }>({
  hostName: ['virtual', { option: true, scope: 'worker' }],
  host: [
    async ({ hostName }, use) => {
      const config = await inventoryHost(hostName);
      const lab = 'virtualLab' in config.ssh ? config.ssh.virtualLab : undefined;
      // lab-power.ts takes it down again, once no project needs it any more.
      if (lab !== undefined) await upLab({ name: lab, restart: true });
      await use({ config, target: await labTarget(config) });
    },
    { scope: 'worker', timeout: 10 * 60_000 },
  ],
  /** Who the host is and how its groups are split; reads only. */
  survey: async ({ host: { config, target } }, use) => {
    await use(async () => {
      await using host = await LabHost.connect(target, { timeoutMs: config.timeouts.connectMs });
      return await surveyHost(soakPlan(config, 'survey', { cycles: 0 }), host);
    });
  },
  vm: async ({ host: { config, target } }, use, testInfo) => {
    await use({
      soak: async (options) => {
        const run = runName(config.name, systemClock.nowMs());
        // Before the test's own time is up the cycle is ended in order, so that no VM is left running.
        const stop = AbortSignal.timeout(testInfo.timeout - endInOrderMs);
        let failure: ComebackError | undefined;
        try {
          await recordRun({ host: config, target, reports, run, stop }, (world) =>
            runSoak(soakPlan(config, run, options), world),
          );
        } catch (error) {
          if (!(error instanceof ComebackError)) throw error;
          failure = error;
        }
        const { files, judgement } = await writeReports(runDirectory(reports, run));
        await testInfo.attach('journal', { path: files.journal });
        await testInfo.attach('junit', { path: files.junit });
        return { judgement, failure };
      },
    });
  },
});

/** A host of the project's own inventory. */
export async function inventoryHost(name: string): Promise<LabHostConfig> {
  return hostByName(await loadInventory(fileURLToPath(new URL('../lab-inventory.yaml', import.meta.url))), name);
}

export { expect } from '@playwright/test';
