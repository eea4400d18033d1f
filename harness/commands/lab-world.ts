import { basename } from 'node:path';
import type { Clock } from '../clock.ts';
import { HostBudget } from '../cycle/host-budget.ts';
import type { SoakWorld } from '../cycle/plan.ts';
import { biosFlasherOf } from '../host/bios/bios-flasher-of.ts';
import { consoleSourceOf } from '../host/console/console-source-of.ts';
import { fileConsole } from '../host/console/file-source.ts';
import { ConsoleRecorder } from '../host/console/recorder.ts';
import { LabHost } from '../host/lab-host.ts';
import type { PowerEvent } from '../host/power/guard-options.ts';
import { powerSwitchOf } from '../host/power/power-switch-of.ts';
import type { PowerSwitch } from '../host/power/switch.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { Journal } from '../journal/writer.ts';
import type { RunJudge } from '../judge/run-judge.ts';
import type { SshTarget } from '../ssh/target.ts';
import { labConsoleFile, labMachine } from '../virtual-lab/outside.ts';
import { vmManagerOf } from '../vm/vm-manager-of.ts';
import { signsInto } from './console-signs.ts';
import { operatorPrompt } from './operator-prompt.ts';
import { hostHistory } from './host-history.ts';

interface WorldOptions {
  /** Directory of the run, for its console. */
  readonly directory: string;
  /** Where the host's earlier runs are. */
  readonly reports: string;
  readonly journal: Journal;
  readonly judge: RunJudge;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** Everything outside the engine that the inventory's words on a host come to; the only place that knows that a host may be virtual. */
export async function labWorld(
  host: LabHostConfig,
  target: SshTarget,
  { directory, reports, journal, judge, clock, stop }: WorldOptions,
): Promise<{ readonly world: SoakWorld } & AsyncDisposable> {
  const { cutsMs, leftovers, others, own } = await hostHistory(reports, host.name, {
    nowMs: clock.nowMs(),
    ownRun: basename(directory),
  });
  const budget = new HostBudget(host.name, host.limits, others, own);
  const counted = budget.counted(journal);
  const lab = 'virtualLab' in host.ssh ? labMachine(host.ssh.virtualLab) : undefined;
  const power: PowerSwitch | undefined =
    host.power &&
    powerSwitchOf(host.power, {
      host: host.name,
      clock,
      prompt: operatorPrompt(),
      machine: lab,
      history: { cutsMs, offSinceMs: leftovers.cutAtMs },
      record: async (event) => {
        if (event.t === 'power-intent' && event.act === 'off') budget.requirePowerCycle();
        await counted.append(powerEvent(event), { sync: true });
      },
    });
  const recorder = await consoleOf(host, { directory, journal, clock });
  return {
    world: {
      connect: (wait) => LabHost.connect(target, wait),
      reconnect: (wait) => LabHost.reconnect(target, wait),
      vmOn: ({ session }) => vmManagerOf(host.vm, session),
      claim: { wasOurs: false },
      budget,
      power,
      leftovers,
      bios: biosFlasherOf(host.bios, {
        host: host.name,
        machine:
          power === undefined || lab === undefined
            ? undefined
            : { power, setBios: (version, wait) => lab.setBios(version, wait) },
      }),
      console: recorder,
      journal: counted,
      judge,
      clock,
      stop,
    },
    [Symbol.asyncDispose]: async () => {
      await recorder?.[Symbol.asyncDispose]();
    },
  };
}

async function consoleOf(
  host: LabHostConfig,
  { directory, journal, clock }: Pick<WorldOptions, 'directory' | 'journal' | 'clock'>,
): Promise<ConsoleRecorder | undefined> {
  if (host.console === undefined) return undefined;
  const lab = 'virtualLab' in host.ssh ? labConsoleFile(host.ssh.virtualLab) : undefined;
  const source = consoleSourceOf(host.console, {
    host: host.name,
    clock,
    virtualLab: lab === undefined ? undefined : fileConsole(lab, clock, 'end'),
  });
  return await ConsoleRecorder.start(source, { directory, clock, onSign: signsInto(journal) });
}

/** The journal has a time of its own for each event. */
function powerEvent(
  event: PowerEvent,
): Omit<Extract<PowerEvent, { t: 'power-intent' }>, 'atMs'> | Omit<Extract<PowerEvent, { t: 'power-done' }>, 'atMs'> {
  if (event.t === 'power-intent') return { t: event.t, act: event.act };
  const { t, act, verified, readBack, failure } = event;
  return { t, act, verified, readBack, ...(failure === undefined ? {} : { failure }) };
}
