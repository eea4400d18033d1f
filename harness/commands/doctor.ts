import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { type Check, checkOf, exitCodeAfter, findingOf, ok, stopsRun } from '../doctor/check.ts';
import { controllerChecks, needsOf, nodeFinding } from '../doctor/controller-checks.ts';
import { missingOf } from '../doctor/controller-reading.ts';
import { doctorText } from '../doctor/doctor-text.ts';
import { examineHost } from '../doctor/examine.ts';
import { ComebackError, exitCodes } from '../errors.ts';
import { LabHost } from '../host/lab-host.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { formatProblem, InventoryError } from '../inventory/problem.ts';
import { hostHistory } from './host-history.ts';
import { labTarget } from './lab-target.ts';
import { hostOption, inventoryOption, jsonOption, reportsOption } from './options.ts';

/** `comeback doctor`: what would stop a run, and how to mend it. It changes nothing, and takes no lock. */
export function doctorCommand(): CommandUnknownOpts {
  return new Command('doctor')
    .description('what would stop a run on a host, each with the mend; only looks, also while a VM runs')
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(reportsOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing stops a run, 2 the inventory does, 3 the host cannot be reached, 4 a run would be refused.\n' +
        '\nExamples:\n  comeback doctor --host elysium\n  comeback doctor --host elysium --json',
    )
    .action(async ({ host: name, inventory, reports, json }) => {
      const checks = [
        checkOf('controller', 'node', nodeFinding(process.version)),
        ...(await checksOn(name, inventory, reports)),
      ];
      const exitCode = exitCodeAfter(checks);
      process.stdout.write(json ? `${JSON.stringify({ host: name, exitCode, checks })}\n` : doctorText(name, checks));
      process.exitCode = exitCode;
    });
}

async function checksOn(name: string, inventory: string, reports: string): Promise<Check[]> {
  const host = await described(name, inventory);
  if (Array.isArray(host)) return host;
  const { leftovers } = await hostHistory(reports, host.name, { nowMs: systemClock.nowMs(), ownRun: '' });
  return [
    ...controllerChecks(host, await missingOf(needsOf(host)), leftovers),
    checkOf('inventory', 'inventory', ok(`${inventory} describes ${host.name}`)),
    ...(await examineHost(host, async () =>
      LabHost.connect(await labTarget(host), { timeoutMs: host.timeouts.connectMs }),
    )),
  ];
}

/** The host of the inventory, or why there is none. */
async function described(name: string, inventory: string): Promise<LabHostConfig | Check[]> {
  try {
    return hostByName(await loadInventory(inventory), name);
  } catch (error) {
    if (!(error instanceof ComebackError)) throw error;
    const findings =
      error instanceof InventoryError && error.problems.length > 0
        ? error.problems.map((problem) =>
            stopsRun(
              formatProblem(inventory, problem),
              'Correct it; "comeback inventory check" looks again.',
              exitCodes.usage,
            ),
          )
        : [findingOf(error)];
    return findings.map((finding) => checkOf('inventory', 'inventory', finding));
  }
}
