import type { RunJudgement } from '../judge/run-judgement.ts';
import type { CycleJudgement, FunctionVerdict } from '../judge/verdict.ts';
import { forcedStopWord } from './forced-stop-words.ts';
import { clip } from './junit-text.ts';
import type { JunitCase } from './junit-suite.ts';
import { resetLine } from './reset-words.ts';

/** Of the cycles that did not pass so many of the first and of the last have a case: dashboards choke on more long before a person has read them. */
const toldOfEach = 100;

/** A case for each cycle that did not pass; a cycle that did is counted in the cases of the functions. */
export function cycleCases({ failures }: RunJudgement): JunitCase[] {
  const told =
    failures.length <= 2 * toldOfEach
      ? failures
      : [...failures.slice(0, toldOfEach), ...failures.slice(failures.length - toldOfEach)];
  return told.map((judgement) => ({
    name: `cycle ${judgement.cycle}`,
    durationMs: judgement.durationMs,
    result: {
      kind: judgement.outcome === 'fail' ? 'failure' : 'error',
      type: judgement.outcome,
      message: judgement.because,
      body: cycleLines(judgement).join('\n'),
    },
  }));
}

/** How many cycles that did not pass have no case. */
export function cyclesLeftOut({ failures, failuresOmitted }: RunJudgement): number {
  return failuresOmitted + Math.max(0, failures.length - 2 * toldOfEach);
}

/** A verdict with its departures and the journal events that made it, for a person. */
export function verdictLines(of: FunctionVerdict): string[] {
  const { address, role, verdict, because, departures, evidence, recoveredBy } = of;
  return [
    `${address} ${role} ${verdict}: ${clip(because)}`,
    ...departures.map(({ symptom, reading }) => `  ${symptom}: ${clip(reading)}`),
    ...(recoveredBy === undefined ? [] : [`  brought back by ${recoveredBy}`]),
    `  evidence: journal events ${evidence.join(', ') || 'none'}`,
  ];
}

function cycleLines({ functions, forcedBy, resets = [] }: CycleJudgement): string[] {
  return [
    ...functions.filter(({ verdict }) => verdict !== 'survived').flatMap(verdictLines),
    ...(forcedBy === undefined ? [] : [`the VM did not stop: ${forcedStopWord(forcedBy)}`]),
    ...(resets.length === 0 ? [] : ['what the kernel reset:', ...resets.map((reset) => `  ${resetLine(reset)}`)]),
  ];
}
