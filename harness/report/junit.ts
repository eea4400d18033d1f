import { createHash } from 'node:crypto';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { forcedStopCounts } from './forced-stop-words.ts';
import { cycleCases, cyclesLeftOut } from './junit-cycles.ts';
import { functionCases } from './junit-functions.ts';
import { defaultJunitProfile, type JunitProfile } from './junit-profile.ts';
import { preflightCase, runCase } from './junit-run.ts';
import type { JunitCase } from './junit-suite.ts';
import { junitXml } from './junit-writer.ts';

export interface JunitOptions {
  readonly profile?: JunitProfile;
  /** Paths of files about the run, as readers find them: relative to the directory in which CI runs, or absolute. */
  readonly attachments?: readonly string[];
}

/**
 * A run as JUnit: one suite for its cell, in which `preflight`, one case a function and `run` stand every night, whatever became of them, so
 * that dashboards draw their history; after them a case for each cycle that did not pass. A device that did not survive is a `<failure>`;
 * what we or the lab got wrong is an `<error>`, so that it is never taken for the other.
 */
export function junitOf(judgement: RunJudgement, options: JunitOptions = {}): string {
  const { profile = defaultJunitProfile, attachments = [] } = options;
  const { start, lastAtMs } = judgement;
  const className = cellId(judgement);
  const cases = [
    preflightCase(judgement),
    ...functionCases(judgement),
    runCase(judgement),
    ...cycleCases(judgement),
  ].map((one) => (isBad(one) ? { ...one, attachments } : one));
  return junitXml(
    {
      name: className,
      className,
      hostname: start.host,
      startedAtMs: start.at,
      durationMs: lastAtMs - start.at,
      properties: suiteProperties(judgement),
      cases,
    },
    profile,
  );
}

function isBad({ result }: JunitCase): boolean {
  return result.kind === 'failure' || result.kind === 'error';
}

/** `comeback.elysium.bios_2901.linux_6_8_12-4-pve.cmdline_1a2b3c4d`: the same for every run of the cell, whatever it shows. */
function cellId({ start, identity, cell }: RunJudgement): string {
  const commandLine = cell?.commandLine ?? identity?.commandLine;
  const parts = [
    'comeback',
    start.host,
    `bios_${cell?.bios ?? identity?.bios ?? 'unknown'}`,
    `linux_${cell?.kernel ?? identity?.kernel ?? 'unknown'}`,
    `cmdline_${commandLine === undefined ? 'unknown' : createHash('sha256').update(commandLine).digest('hex').slice(0, 8)}`,
  ];
  // A dot separates packages for every reader of class names.
  return parts.map((part) => part.replaceAll(/[^A-Za-z0-9_-]+/g, '_')).join('.');
}

function suiteProperties(judgement: RunJudgement): Record<string, string> {
  const { start, identity, cell, outcome, bootId, hostReboots, forcedStops } = judgement;
  const forced = forcedStopCounts(forcedStops);
  const leftOut = cyclesLeftOut(judgement);
  return {
    run: start.run,
    host: start.host,
    outcome,
    board: identity?.board ?? 'unknown',
    bios: cell?.bios ?? identity?.bios ?? 'unknown',
    kernel: cell?.kernel ?? identity?.kernel ?? 'unknown',
    commandLine: cell?.commandLine ?? identity?.commandLine ?? 'unknown',
    bootId: bootId ?? 'unknown',
    hostReboots: String(hostReboots),
    ...(forced === undefined ? {} : { forcedStops: forced }),
    ...(leftOut === 0 ? {} : { cyclesLeftOut: String(leftOut) }),
    comeback: start.comeback,
  };
}
