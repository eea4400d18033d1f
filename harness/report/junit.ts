import { createHash } from 'node:crypto';
import type { FunctionTotals } from '../judge/totals.ts';
import type { RunJudgement } from '../judge/run-judge.ts';
import type { CycleJudgement, FunctionVerdict } from '../judge/verdict.ts';
import type { PciAddress } from '../pci/address.ts';
import { functionClaim } from './claim.ts';
import { type JunitCase, type JunitResult, junitXml } from './junit-writer.ts';
import { forcedStopCounts, forcedStopWord } from './forced-stop-words.ts';
import { functionResetWords, resetCounts, resetLine, resetSourceWords } from './reset-words.ts';
import { functionWords } from './words.ts';

/**
 * A run as JUnit: one suite for its cell, one case a function with its totals, one case for each cycle that did not pass.
 * A device that did not survive is a `<failure>`; what we or the lab got wrong is an `<error>`, so that it is never taken for the other.
 */
export function junitOf(judgement: RunJudgement): string {
  const { start, lastAtMs } = judgement;
  const className = cellId(judgement);
  return junitXml({
    name: className,
    className,
    startedAtMs: start.at,
    durationMs: lastAtMs - start.at,
    properties: suiteProperties(judgement),
    cases: [
      ...preflightCases(judgement),
      ...functionCases(judgement),
      ...runCases(judgement),
      ...cycleCases(judgement),
    ],
  });
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

function suiteProperties({
  start,
  identity,
  cell,
  outcome,
  bootId,
  hostReboots,
  forcedStops,
}: RunJudgement): Record<string, string> {
  const forced = forcedStopCounts(forcedStops);
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
    comeback: start.comeback,
  };
}

function preflightCases({ gates, end }: RunJudgement): JunitCase[] {
  if (end?.reason !== 'refused') return [];
  const closed = gates.filter(({ passed }) => !passed);
  const names = closed.map(({ gate }) => gate).join(', ');
  const message = closed.length === 0 ? (end.message ?? 'the run was refused') : `closed: ${names}`;
  const findings = closed.flatMap(({ gate, findings }) => findings.map((finding) => `${gate}: ${finding}`));
  const body = [...findings, ...(end.message === undefined ? [] : [end.message])].join('\n');
  return [{ name: 'preflight', result: { kind: 'error', type: 'refused', message, body } }];
}

function functionCases(judgement: RunJudgement): JunitCase[] {
  if (judgement.outcome === 'refused') return [];
  return [...judgement.functions].map(([address, totals]) => {
    const { survived, degraded, lost, unobserved } = totals.counts;
    const claim = functionClaim(address, totals, judgement);
    return {
      name: `${address} ${totals.role}`,
      properties: {
        survived: String(survived),
        degraded: String(degraded),
        lost: String(lost),
        unobserved: String(unobserved),
        exercised: String(totals.exercised),
        cycles: String(survived + degraded + lost + unobserved),
        trials: String(claim.trials),
        claim: claim.words,
        firstLost: totals.firstLost === undefined ? 'never' : `cycle ${totals.firstLost.cycle}`,
        ...resetProperties(judgement, address),
      },
      result: functionResult(address, totals, judgement.failures),
      output: [functionWords(totals), claim.words, functionResetWords(address, totals.role, judgement.resets) ?? []]
        .flat()
        .join('\n'),
    };
  });
}

function resetProperties({ resets }: RunJudgement, address: PciAddress): Record<string, string> {
  const own = resets.functions.get(address);
  if (resets.source === undefined || own === undefined) return {};
  return { resetSource: resetSourceWords[resets.source], resets: resetCounts(own) };
}

/** How many bad cycles a function's case spells out; each has a case of its own as well. */
const spelledOut = 10;

function functionResult(
  address: PciAddress,
  { counts }: FunctionTotals,
  failures: readonly CycleJudgement[],
): JunitResult {
  const wanted = counts.lost + counts.degraded > 0 ? ['lost', 'degraded'] : ['unobserved'];
  const bad = failures.flatMap(({ cycle, functions }) =>
    functions
      .filter((verdict) => verdict.address === address && wanted.includes(verdict.verdict))
      .map((verdict) => ({ cycle, verdict })),
  );
  const [first] = bad;
  if (first === undefined) return { kind: counts.survived > 0 ? 'passed' : 'skipped' };
  const worst = bad.find(({ verdict }) => verdict.verdict === 'lost') ?? first;
  const more = bad.length > spelledOut ? [`and ${bad.length - spelledOut} cycles more`] : [];
  const lines = bad.slice(0, spelledOut).flatMap(({ cycle, verdict }) => [`cycle ${cycle}`, ...verdictLines(verdict)]);
  const told = {
    message: `${worst.verdict.verdict} in cycle ${worst.cycle}: ${worst.verdict.because}`,
    body: [...lines, ...more].join('\n'),
  };
  if (counts.lost > 0) return { kind: 'failure', type: 'lost', ...told };
  if (counts.degraded > 0) return { kind: 'failure', type: 'degraded', ...told };
  return counts.survived > 0 ? { kind: 'passed' } : { kind: 'error', type: 'unobserved', ...told };
}

/** What went wrong with the run as a whole, which no single cycle tells. Without it such a run would look green. */
function runCases({ end, cycles, functions, lastAtMs, start }: RunJudgement): JunitCase[] {
  const error = (type: string, message: string): JunitCase[] => [
    {
      name: 'run',
      durationMs: lastAtMs - start.at,
      result: { kind: 'error', type, message, body: end?.code === undefined ? message : `${end.code}: ${message}` },
    },
  ];
  if (end === undefined) return error('aborted', 'the journal ends before the run did: comeback or its machine died');
  if (end.reason === 'interrupted') return error('aborted', end.message ?? 'the run was interrupted');
  if (end.reason === 'infra') return error('infra', end.message ?? 'the lab failed');
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  if (end.reason === 'cycles-done' && judged === 0) return error('infra', 'not one cycle was run');
  return functions.size === 0 ? error('infra', 'the run watches no function') : [];
}

function cycleCases({ failures }: RunJudgement): JunitCase[] {
  return failures.map(({ cycle, outcome, because, durationMs, functions, forcedBy, resets = [] }) => ({
    name: `cycle ${cycle}`,
    durationMs,
    result: {
      kind: outcome === 'fail' ? 'failure' : 'error',
      type: outcome,
      message: because,
      body: [
        ...functions.filter(({ verdict }) => verdict !== 'survived').flatMap(verdictLines),
        ...(forcedBy === undefined ? [] : [`the VM did not stop: ${forcedStopWord(forcedBy)}`]),
        ...(resets.length === 0 ? [] : ['what the kernel reset:', ...resets.map((reset) => `  ${resetLine(reset)}`)]),
      ].join('\n'),
    },
  }));
}

function verdictLines(of: FunctionVerdict): string[] {
  const { address, role, verdict, because, departures, evidence, recoveredBy } = of;
  return [
    `${address} ${role} ${verdict}: ${because}`,
    ...departures.map(({ symptom, reading }) => `  ${symptom}: ${reading}`),
    ...(recoveredBy === undefined ? [] : [`  brought back by ${recoveredBy}`]),
    `  evidence: journal events ${evidence.join(', ') || 'none'}`,
  ];
}
