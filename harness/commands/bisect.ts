import { join } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { BisectLog } from '../bisect-run/bisect-log.ts';
import { systemClock } from '../clock.ts';
import { type ComebackError, exitCodes } from '../errors.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { forecastLines } from '../report/bisect/bisect-words.ts';
import { bisectDirectory, bisectName, NotResumableBisectError, readBisect } from './bisect-journal.ts';
import {
  biosVersionsOption,
  bootTimeOption,
  breaksOption,
  buildOption,
  confidenceOption,
  cycleTimeOption,
  fixedOption,
  flashTimeOption,
  kernelsOption,
  maxRebootsOption,
  maxTimeOption,
  mendsOption,
  notBeforeOption,
  rateFloorOption,
  rolesOption,
} from './bisect-options.ts';
import { bisectExitCode, bisectText, reportBisect } from './bisect-report.ts';
import { runSession } from './bisect-session.ts';
import { bisectStart, installedKernels, settledOptions } from './bisect-start.ts';
import { commandLineOf } from './command-line-of.ts';
import { labTarget } from './lab-target.ts';
import {
  flashIsOverOption,
  hostOption,
  inventoryOption,
  jsonOption,
  lastingPinOption,
  reportsOption,
  takeOverOption,
} from './options.ts';
import { stopOnSignals } from './stop-on-signals.ts';

const help = `
Examples:
  comeback bisect --host elysium --kernels 6.5.13-6-pve..6.8.12-4-pve --for-role usb --plan
  comeback bisect --host elysium --kernels 6.5.13-6-pve..6.8.12-4-pve --bios 2304,2901,5007 --not-before 08:30
  comeback bisect --host elysium --cmdline pcie_aspm=off --mends pci=nommconf --max-time 8h
  comeback bisect --host elysium --kernels 'git:../linux v6.7..v6.8' --build 'make -j8 bindeb-pkg >&2 && ls -t ../linux-image-*.deb | grep -v dbg | head -n1'
  comeback bisect --resume last

Exit codes: 0 a verdict was reached, whatever it says; 1 it ended without one, by --max-time, --max-reboots or because no cell would tell
more; 75 it waits for a person (a flash by hand); 3 the lab failed; 4 a gate is closed; 130 interrupted. After each but 0, --resume goes on.`;

/** `comeback bisect`: which change broke the reset, or mended it. */
export function bisectCommand(): CommandUnknownOpts {
  return new Command('bisect')
    .description(
      'find which kernel, BIOS or word of the command line made devices stay away, though they may do so seldom',
    )
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(reportsOption)
    .addOption(kernelsOption)
    .addOption(buildOption)
    .addOption(biosVersionsOption)
    .addOption(breaksOption)
    .addOption(mendsOption)
    .addOption(rolesOption)
    .addOption(fixedOption)
    .addOption(confidenceOption)
    .addOption(rateFloorOption)
    .addOption(cycleTimeOption)
    .addOption(bootTimeOption)
    .addOption(flashTimeOption)
    .addOption(notBeforeOption)
    .addOption(maxTimeOption)
    .addOption(maxRebootsOption)
    .addOption(lastingPinOption)
    .addOption(flashIsOverOption)
    .addOption(takeOverOption)
    .option('--plan', 'only say how long it would take, with how many reboots and flashes; needs no host', false)
    .option('--resume <bisect>', 'go on with a bisect that was left before its end: its name, or "last"')
    .addOption(jsonOption)
    .addHelpText('after', help)
    .action(async (options) => {
      const inventory = await loadInventory(options.inventory);
      const { reports, json } = options;
      const say = (words: string): void => void process.stderr.write(`${words}\n`);
      using signals = stopOnSignals(say);
      if (options.plan) {
        const host = hostByName(inventory, options.host);
        const about = { bisect: 'plan', nowMs: systemClock.nowMs(), installed: undefined, stop: signals.stop };
        plan(new BisectLog({ n: 1, at: about.nowMs, ...(await bisectStart(options, host, about)) }), json);
        return;
      }
      const directory = options.resume === undefined ? undefined : await resumable(reports, options.resume, options);
      const hostName = directory === undefined ? options.host : (await readBisect(directory)).log.start.host;
      const host = hostByName(inventory, hostName);
      const target = await labTarget(host);
      const bisect = directory === undefined ? bisectName(host.name, systemClock.nowMs()) : nameIn(directory);
      const own = directory ?? join(reports, bisect);
      const { acceptLastingPin, flashIsOver, takeOver, maxTime, maxReboots } = options;
      const resumeCommand = commandLineOf(['bisect', '--resume', bisect], {
        ...{ inventory: options.inventory, reports, acceptLastingPin, json },
      });
      const started =
        directory === undefined
          ? await bisectStart(options, host, {
              ...{ bisect, nowMs: systemClock.nowMs(), stop: signals.stop },
              installed: options.kernels === undefined ? undefined : await installedKernels(host, target),
            })
          : undefined;
      // What cannot be searched is said before there is a directory of it.
      if (started !== undefined) new BisectLog({ n: 1, at: 0, ...started });
      const failure = await runSession(
        { directory: own, started },
        {
          ...{ host, target, reports, bisect, resumeCommand, acceptLastingPin, flashIsOver, takeOver, say },
          ...{ stop: signals.stop, limits: { forMs: maxTime, boots: maxReboots } },
        },
      );
      await tell(own, { json, failure, stop: signals.stop, resumeCommand });
    });
}

async function resumable(
  reports: string,
  name: string,
  asked: Readonly<Partial<Record<(typeof settledOptions)[number], unknown>>> & { readonly fixed: boolean },
): Promise<string> {
  if (asked.fixed || settledOptions.some((option) => asked[option] !== undefined)) {
    throw new NotResumableBisectError(
      '--resume goes on with what the bisect was asked for: leave out all that says what is searched.',
    );
  }
  const directory = await bisectDirectory(reports, name);
  const { log } = await readBisect(directory);
  if (log.end?.reason === 'verdict' && log.bisector.verdict().outcome === 'decided') {
    throw new NotResumableBisectError(`The bisect ${log.start.bisect} is over: its verdict is in ${directory}.`);
  }
  return directory;
}

function nameIn(directory: string): string {
  return directory.split('/').at(-1) ?? directory;
}

function plan(log: BisectLog, json: boolean): void {
  const forecast = log.bisector.forecast(systemClock.nowMs(), undefined);
  const { kernels, biosVersions, flags, roles } = log.start;
  if (json) process.stdout.write(`${JSON.stringify({ kernels, biosVersions, flags, roles, forecast })}\n`);
  else {
    const names = log.space.kernels.length > 1 ? `kernels, oldest first: ${log.space.kernels.join(', ')}\n` : '';
    process.stdout.write(`${names}for ${roles.join(', ')}\n${forecastLines(forecast).join('\n')}\n`);
  }
}

interface Ending {
  readonly json: boolean;
  readonly failure: ComebackError | undefined;
  readonly stop: AbortSignal;
  readonly resumeCommand: string;
}

async function tell(directory: string, { json, failure, stop, resumeCommand }: Ending): Promise<void> {
  const { log, summary, files } = await reportBisect(directory);
  process.stderr.write(`\n${bisectText(summary, files)}\n`);
  if (json) {
    const error = failure === undefined ? {} : { error: { code: failure.code, message: failure.message } };
    process.stdout.write(`${JSON.stringify({ ...summary, reports: files, ...error })}\n`);
  }
  if (failure !== undefined) process.stderr.write(`\ncomeback: ${failure.message}\n`);
  if (log.end?.reason !== 'verdict')
    process.stderr.write(`\nThe bisect is not over; to go on with it: ${resumeCommand}\n`);
  process.exitCode = stop.aborted ? exitCodes.interrupted : (failure?.exitCode ?? bisectExitCode(summary));
}
