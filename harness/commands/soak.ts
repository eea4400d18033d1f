import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { runSoak } from '../cycle/soak.ts';
import { type ComebackError, exitCodes, expectedFailure } from '../errors.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { NotARunError } from '../judge/errors.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { summaryOf, summaryText } from '../report/summary.ts';
import type { JunitProfile } from '../report/junit-profile.ts';
import { writeReports } from '../report/write-reports.ts';
import { askedCell } from './asked-cell.ts';
import { commandLineOf } from './command-line-of.ts';
import { runWords } from './find-run.ts';
import { writeJobSummary } from './job-summary.ts';
import { labTarget } from './lab-target.ts';
import {
  biosOption,
  cellOption,
  cmdlineOption,
  flashIsOverOption,
  hostOption,
  inventoryOption,
  jsonOption,
  junitProfileOption,
  kernelOption,
  lastingPinOption,
  recoverOption,
  reportsOption,
  stopAtOption,
  summaryOption,
  takeOverOption,
} from './options.ts';
import { exitCodeOf } from './outcome-exit.ts';
import { progressLines } from './progress.ts';
import { recordRun, resumeRun, runDirectory } from './record-run.ts';
import { resumableRun, unfinishedRun } from './resumable-run.ts';
import { isUnderWay } from './run-lease.ts';
import { runName, soakPlan } from './soak-plan.ts';
import { askedEnd, cyclesOption, forOption, proveOption, untilLostOption } from './stop-options.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** `comeback soak`: cycles on one host, their journal and their reports. */
export function soakCommand(): CommandUnknownOpts {
  return new Command('soak')
    .description('start and stop the passthrough VM again and again, and tell what came back')
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(reportsOption)
    .addOption(cyclesOption)
    .addOption(forOption)
    .addOption(untilLostOption)
    .addOption(proveOption)
    .addOption(cellOption)
    .addOption(kernelOption)
    .addOption(cmdlineOption)
    .addOption(biosOption)
    .addOption(lastingPinOption)
    .addOption(recoverOption)
    .addOption(stopAtOption)
    .addOption(flashIsOverOption)
    .addOption(takeOverOption)
    .option(
      '--resume <run>',
      'go on with a run that is parked, was interrupted, lost its lab or whose controller died: ' + runWords,
    )
    .addOption(junitProfileOption)
    .addOption(summaryOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExamples:\n  comeback soak --host elysium --cycles 100 --json > result.json\n' +
        '  comeback soak --host elysium --for 8h --until-lost\n  comeback soak --host elysium --prove 0.5%@95%\n' +
        '  comeback soak --host elysium --kernel 6.8.12-4-pve --bios 5007 --cycles 20 --recover host-reboot\n' +
        '  comeback soak --resume last',
    )
    .action(async (options) => {
      const inventory = await loadInventory(options.inventory);
      const show = progressLines((line) => process.stderr.write(`${line}\n`));
      using signals = stopOnSignals((words) => process.stderr.write(`${words}\n`));
      const past =
        options.resume === undefined ? undefined : await resumableRun(options.reports, options.resume, options);
      const host = hostByName(inventory, past?.start.host ?? options.host);
      const run = past?.run ?? runName(host.name, systemClock.nowMs());
      if (past === undefined) await mentionUnfinished(options.reports, host.name);
      const { recover, stopAt, acceptLastingPin, json } = options;
      const reports = past?.reports ?? options.reports;
      const plan = soakPlan(host, run, {
        ...(past === undefined
          ? askedEnd(options)
          : { cycles: past.start.plan.cycles, stopRules: past.start.plan.stop }),
        cell: past === undefined ? askedCell(host, options) : past.start.plan.cell,
        resumeCommand: commandLineOf(['soak', '--resume', run], {
          ...{ inventory: options.inventory, reports, recover, stopAt, acceptLastingPin, json },
          ...{ junitProfile: options.junitProfile, summary: options.summary },
        }),
        flashIsOver: options.flashIsOver,
        takeOver: options.takeOver,
        acceptLastingPin,
        recovery: { recover, stopAt, asBefore: past?.start.plan.recovery },
      });
      const request = {
        ...{ host, target: await labTarget(host), reports, run, stop: signals.stop },
        onEvent: show.event,
      };
      const failure = await expectedFailure(
        past === undefined
          ? recordRun(request, (world) => runSoak(plan, world))
          : resumeRun(request, show.oldEvent, (world) => runSoak(plan, world)),
      );
      await tell(runDirectory(reports, run), {
        json,
        junitProfile: options.junitProfile,
        summary: options.summary,
        failure,
        stop: signals.stop,
        resumeCommand: plan.resumeCommand,
      });
    });
}

interface Ending {
  readonly json: boolean;
  readonly junitProfile: JunitProfile;
  readonly summary: string | undefined;
  readonly failure: ComebackError | undefined;
  readonly stop: AbortSignal;
  readonly resumeCommand: string;
}

async function tell(directory: string, ending: Ending): Promise<void> {
  const { json, junitProfile, summary, failure, stop, resumeCommand } = ending;
  const { judgement, files } = await writeReports(directory, junitProfile).catch((error: unknown) => {
    // What kept the run from beginning says more than that it never began.
    throw error instanceof NotARunError && failure !== undefined ? failure : error;
  });
  process.stderr.write(
    `\n${summaryText(judgement)}\n\nReport: ${files.html}\nJUnit: ${files.junit}\nJournal: ${files.journal}\n`,
  );
  if (json) {
    const error = failure === undefined ? {} : { error: { code: failure.code, message: failure.message } };
    process.stdout.write(`${JSON.stringify({ ...summaryOf(judgement), reports: files, ...error })}\n`);
  }
  if (failure !== undefined) process.stderr.write(`\ncomeback: ${failure.message}\n`);
  const reason = judgement.end?.reason;
  if (reason === 'interrupted' || reason === 'infra') {
    process.stderr.write(`\nThe run is not over; to go on with it: ${resumeCommand}\n`);
  }
  await writeJobSummary([judgement], summary);
  process.exitCode = stop.aborted ? exitCodes.interrupted : exitCodeAfter(judgement, failure);
}

/** What was judged outweighs what ended the run: a device that was lost stays lost though the lab failed later. */
function exitCodeAfter(judgement: RunJudgement, failure: ComebackError | undefined): number {
  const judged = Object.values(judgement.cycles).some((count) => count > 0);
  return failure === undefined || judged ? exitCodeOf(judgement) : failure.exitCode;
}

/** A run whose controller died is easily forgotten, and a new one has other names for the same cycles. */
async function mentionUnfinished(reports: string, host: string): Promise<void> {
  const left = await unfinishedRun(reports, host);
  if (left === undefined || (await isUnderWay(runDirectory(reports, left.run)))) return;
  const command = left.bisect === undefined ? `soak --resume ${left.run}` : `bisect --resume ${left.bisect}`;
  process.stderr.write(`The run ${left.run} was left before its end; to go on with it: comeback ${command}\n`);
}
