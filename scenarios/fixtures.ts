import { fileURLToPath } from 'node:url';
import { test as base } from '@playwright/test';
import { systemClock } from '../harness/clock.ts';
import { labTarget } from '../harness/commands/lab-target.ts';
import { recordRun, runDirectory } from '../harness/commands/record-run.ts';
import { runName, soakPlan } from '../harness/commands/soak-plan.ts';
import { type HostSurvey, surveyHost } from '../harness/cycle/preflight.ts';
import { runSoak } from '../harness/cycle/soak.ts';
import { LabHost } from '../harness/host/lab-host.ts';
import type { LabHostConfig } from '../harness/inventory/config.ts';
import { hostByName, loadInventory } from '../harness/inventory/load.ts';
import type { RunJudgement } from '../harness/judge/run-judge.ts';
import { writeReports } from '../harness/report/write-reports.ts';
import type { SshTarget } from '../harness/ssh/target.ts';
import { downLab, upLab } from '../harness/virtual-lab/instance.ts';

/** What the last cycle may still take once a scenario has used up its time. */
const endInOrderMs = 3 * 60_000;

const reports = 'reports';

/** Set by the project: which host of the inventory to test. */
export interface LabOptions {
  hostName: string;
}

/** The lab host of the project. */
interface Lab {
  readonly config: LabHostConfig;
  readonly target: SshTarget;
  /** Who the host is and how its groups are split; reads only. */
  survey(): Promise<HostSurvey>;
}

/** The passthrough VM on it. */
interface PassthroughVm {
  /** Runs the engine for some cycles; leaves the same journal and reports as `comeback soak`. */
  soak(cycles: number): Promise<RunJudgement>;
}

export const test = base.extend<{ vm: PassthroughVm }, LabOptions & { host: Lab }>({
  hostName: ['virtual', { option: true, scope: 'worker' }],
  host: [
    async ({ hostName }, use) => {
      const inventory = await loadInventory(fileURLToPath(new URL('../lab-inventory.yaml', import.meta.url)));
      const config = hostByName(inventory, hostName);
      const lab = 'virtualLab' in config.ssh ? config.ssh.virtualLab : undefined;
      const wasDown = lab !== undefined && (await upLab({ name: lab, restart: true })).started;
      const target = await labTarget(config);
      await use({
        config,
        target,
        survey: async () => {
          await using host = await LabHost.connect(target, { timeoutMs: config.timeouts.connectMs });
          return await surveyHost(soakPlan(config, 'survey', { cycles: 0 }), host);
        },
      });
      if (wasDown) await downLab(lab);
    },
    { scope: 'worker', timeout: 10 * 60_000 },
  ],
  vm: async ({ host }, use, testInfo) => {
    await use({
      soak: async (cycles) => {
        const run = runName(host.config.name, systemClock.nowMs());
        // Before the test's own time is up the cycle is ended in order, so that no VM is left running.
        const stop = AbortSignal.timeout(testInfo.timeout - endInOrderMs);
        let judged: RunJudgement;
        try {
          await recordRun({ host: host.config, target: host.target, reports, run, stop }, (world) =>
            runSoak(soakPlan(host.config, run, { cycles }), world),
          );
        } finally {
          const { files, judgement } = await writeReports(runDirectory(reports, run));
          await testInfo.attach('journal', { path: files.journal });
          await testInfo.attach('junit', { path: files.junit });
          judged = judgement;
        }
        return judged;
      },
    });
  },
});

export { expect } from '@playwright/test';
