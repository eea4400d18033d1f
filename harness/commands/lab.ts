import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { exitCodes } from '../errors.ts';
import { LabNotRunningError } from '../virtual-lab/errors.ts';
import { loadFaultRules } from '../virtual-lab/faults/load.ts';
import {
  defaultCommandLine,
  defaultLabName,
  downLab,
  type LabStatus,
  labStatus,
  type UpResult,
  upLab,
} from '../virtual-lab/instance.ts';
import { follow } from '../virtual-lab/instance/console.ts';
import { instanceFiles } from '../virtual-lab/instance/instance-files.ts';
import { sshArguments } from '../virtual-lab/instance/keys.ts';
import { instanceCondition } from '../virtual-lab/instance/state.ts';
import { labPath } from '../virtual-lab/packages.ts';
import { labProgress } from './lab-progress.ts';
import { jsonOption, positiveInteger } from './options.ts';

const nameOption = new Option('--name <name>', 'which lab').default(defaultLabName);

/** `comeback lab`: the virtual lab host, from its image to its console. */
export function labCommand(): Command {
  return new Command('lab')
    .description('the virtual lab host: QEMU with the board, the groups and the qm of a real one')
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand())
    .addCommand(sshCommand())
    .addCommand(consoleCommand());
}

function upCommand(): CommandUnknownOpts {
  return new Command('up')
    .description('build the image where it is missing, start the lab and wait for its SSH; it stays up afterwards')
    .addOption(nameOption)
    .option('--cmdline <text>', 'kernel command line besides what the lab needs itself', defaultCommandLine)
    .option('--kernel <release>', 'kernel that the host boots by default, such as 6.12.1-amd64; a wrong one lists all')
    .option('--bios <version>', 'BIOS version that the board reports')
    .option('--faults <file>', 'fault rules of the lab host (docs/faults.md); none unless given')
    .option('--memory <MiB>', 'memory of the lab host', positiveInteger)
    .option('--rebuild', 'build the image anew, with what Debian offers today', false)
    .option('--restart', 'stop a lab that runs with other parameters, instead of refusing', false)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample, a host whose groups are not split:\n  comeback lab up --name coarse --cmdline ""')
    .action(async ({ name, cmdline, kernel, bios, faults, memory, rebuild, restart, json }) => {
      await interruptible(async (signal) => {
        using show = labProgress(process.stderr, systemClock);
        const result = await upLab({
          ...{ name, commandLine: cmdline, rebuild, restart, signal },
          ...{ progress: show.progress, consoleLine: show.consoleLine },
          ...(kernel === undefined ? {} : { kernel }),
          ...(bios === undefined ? {} : { bios }),
          ...(faults === undefined ? {} : { faults: await loadFaultRules(faults) }),
          ...(memory === undefined ? {} : { memoryMib: memory }),
        });
        show.progress(upText(name, result));
        if (json) printJson({ started: result.started, bootMs: result.bootMs, ...result.status });
      });
    });
}

function downCommand(): CommandUnknownOpts {
  return new Command('down')
    .description('power the lab off in order')
    .addOption(nameOption)
    .addOption(jsonOption)
    .action(async ({ name, json }) => {
      await interruptible(async (signal) => {
        using show = labProgress(process.stderr, systemClock);
        show.progress(`taking the lab ${name} down`);
        const way = await downLab(name, { signal, progress: show.progress });
        show.progress(way === undefined ? `the lab ${name} was not running` : `the lab ${name} is down (${way})`);
        if (json) printJson({ name, stopped: way !== undefined, way: way ?? null });
      });
    });
}

function statusCommand(): CommandUnknownOpts {
  return new Command('status')
    .description('is the lab up, and with which parameters')
    .addOption(nameOption)
    .addOption(jsonOption)
    .action(async ({ name, json }) => {
      const status = await labStatus(name);
      if (json) printJson(status);
      else process.stdout.write(`${statusText(status)}\n`);
    });
}

function sshCommand(): CommandUnknownOpts {
  return new Command('ssh')
    .description('a shell in the lab host, or one command')
    .addOption(nameOption)
    .argument('[command...]', 'what to run there, after --')
    .action(async (words, { name }) => {
      const files = instanceFiles(name);
      const found = await instanceCondition(files);
      if (found.condition === 'stopped' || found.condition === 'off') throw new LabNotRunningError(name);
      const child = spawn('ssh', [...sshArguments(files, found.state.sshPort), ...words], {
        stdio: 'inherit',
        env: { ...process.env, PATH: labPath(process.env['PATH']) },
      });
      await once(child, 'close');
      process.exitCode = child.exitCode ?? exitCodes.infra;
    });
}

function consoleCommand(): CommandUnknownOpts {
  return new Command('console')
    .description("print the lab host's serial console")
    .addOption(nameOption)
    .option('-f, --follow', 'go on printing what is added', false)
    .option('--previous', 'the console of the lab up before', false)
    .action(async ({ name, follow: goOn, previous }) => {
      const files = instanceFiles(name);
      const path = previous ? files.previousConsole : files.console;
      await access(path).catch(() => {
        throw new LabNotRunningError(name);
      });
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      try {
        for await (const text of follow(path, systemClock, stop.signal, goOn)) process.stdout.write(text);
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    });
}

/** Runs something that a signal ends in order; the exit code then is that of an interruption. */
async function interruptible(action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => controller.abort(new Error(`interrupted by ${signal}`));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  try {
    await action(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    process.stderr.write('comeback: interrupted; nothing half-made was left behind.\n');
    process.exitCode = exitCodes.interrupted;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal);
  }
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function upText(name: string, { started, bootMs }: UpResult): string {
  return started
    ? `the lab ${name} is up; it took ${(bootMs / 1000).toFixed(1)} s to boot`
    : `the lab ${name} is up already`;
}

function statusText(status: LabStatus): string {
  if (status.condition === 'stopped') return `${status.name}: stopped`;
  const { name, condition, pid, sshPort, kernel, bios, memoryMib, accelerator, commandLine, startedAt } = status;
  const note = condition === 'off' ? ` (no power; comeback lab up --name ${name} switches it on)` : '';
  return [
    `${name}: ${condition}${note}`,
    `  started       ${startedAt}, ${pid === null ? '' : `QEMU process ${pid}, `}${accelerator.toUpperCase()}, ${memoryMib} MiB`,
    `  host          Linux ${kernel}, BIOS ${bios}`,
    `  command line  ${commandLine === '' ? '(nothing added)' : commandLine}`,
    `  SSH           127.0.0.1 port ${sshPort}: comeback lab ssh --name ${name}`,
    `  console       ${status.console}`,
  ].join('\n');
}
