import { functionName } from '../../judge/function-name.ts';
import type { RunJudgement } from '../../judge/run-judgement.ts';
import type { FunctionTotals } from '../../judge/totals.ts';
import type { PciAddress } from '../../pci/address.ts';

/** How a page looks at first sight: `good` came back, `bad` did not, `unknown` is nobody's proof of anything, `waiting` needs a person. */
export type Tone = 'good' | 'bad' | 'unknown' | 'waiting';

/** The answer to the question of the project, and why it is not a plain one. */
export interface Headline {
  readonly tone: Tone;
  /** One word: the outcome. */
  readonly label: string;
  readonly answer: string;
  /** What else has to be known before one relies on the answer. */
  readonly notes: readonly string[];
}

export function headlineOf(judgement: RunJudgement): Headline {
  const { outcome, cycles, end } = judgement;
  switch (outcome) {
    case 'pass':
      if (judgedCycles(judgement) === 0) {
        return {
          ...{ tone: 'good', label: 'Verified' },
          answer: 'The host is the one that was asked for, and its groups are split.',
          notes: ['No VM was started: this run says nothing about a device.'],
        };
      }
      return {
        ...{ tone: 'good', label: 'Pass' },
        answer: `Yes: every function came back, ${cycles.pass === 1 ? 'in the one cycle' : `${count(cycles.pass)} times of ${count(cycles.pass)}`}.`,
        notes: ruleNotes(judgement),
      };
    case 'fail':
      return {
        ...{ tone: 'bad', label: 'Fail' },
        answer: `No: ${failureWords(judgement)}.`,
        notes: [...cutNotes(judgement), ...ruleNotes(judgement), ...infraNotes(judgement)],
      };
    case 'refused':
      return {
        ...{ tone: 'unknown', label: 'Refused' },
        answer: 'Not tried: a gate was closed, so the VM was never started.',
        notes: end?.message === undefined ? [] : [end.message],
      };
    case 'parked':
      return {
        ...{ tone: 'waiting', label: 'Parked' },
        answer: 'The run waits for a person.',
        notes: [...(cycles.fail > 0 ? [`Until then: ${failureWords(judgement)}.`] : []), ...seenNotes(judgement)],
      };
    case 'infra':
      return {
        ...{ tone: 'unknown', label: 'Infra' },
        answer: `Not known: the lab failed${judgedCycles(judgement) === 0 ? ' before a single cycle was run' : ''}, no device did.`,
        notes: [...whyNotes(judgement), ...seenNotes(judgement)],
      };
    case 'aborted':
      return {
        ...{ tone: 'unknown', label: end?.reason === 'interrupted' ? 'Interrupted' : 'Aborted' },
        answer: 'Not known to its end: the run was cut short.',
        notes: [...cutNotes(judgement), ...seenNotes(judgement)],
      };
  }
}

/** Cycles that were begun and judged. */
export function judgedCycles({ cycles }: Pick<RunJudgement, 'cycles'>): number {
  return cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
}

/** `10 000`: a number as a page shows it. */
export function count(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function cycleCount(cycles: number): string {
  return cycles === 1 ? '1 cycle' : `${count(cycles)} cycles`;
}

/** More names than that say less than their number. */
const namedFunctions = 3;

/** `USB 2c:00.3 did not come back in 26 of 1 000 cycles; GPU 2b:00.0 came back in 16, but not as it was`. */
function failureWords(judgement: RunJudgement): string {
  const { functions } = judgement;
  const of = (verdict: 'lost' | 'degraded') => [...functions].filter(([, { counts }]) => counts[verdict] > 0);
  const lost = of('lost');
  const degraded = of('degraded').filter(([, { counts }]) => counts.lost === 0);
  const cycles = cycleCount(judgedCycles(judgement));
  const one = (counts: readonly number[]): string =>
    counts.length === 1 ? ` in ${count(counts[0] ?? 0)} of ${cycles}` : '';
  const words = [
    ...(lost.length === 0
      ? []
      : [`${listed(lost)} did not come back${one(lost.map(([, { counts }]) => counts.lost))}`]),
    ...(degraded.length === 0
      ? []
      : [
          `${listed(degraded)} came back${one(degraded.map(([, { counts }]) => counts.degraded))}, but not as ${degraded.length === 1 ? 'it was' : 'they were'}`,
        ]),
  ];
  return words.join('; ');
}

function listed(functions: readonly (readonly [PciAddress, FunctionTotals])[]): string {
  const names = functions.map(([address, { role }]) => functionName(role, address));
  if (names.length > namedFunctions) return `${names.length} functions`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function cutNotes({ end }: RunJudgement): string[] {
  if (end === undefined)
    return ['The journal ends before the run did: comeback or its machine died, or it is still running.'];
  if (end.reason === 'interrupted')
    return [`It was interrupted${end.message === undefined ? '' : `: ${end.message}`}.`];
  if (end.reason === 'infra')
    return [`The lab failed and ended it${end.message === undefined ? '' : `: ${end.message}`}`];
  if (end.reason === 'refused')
    return [`It was refused to go on${end.message === undefined ? '' : `: ${end.message}`}`];
  return [];
}

function whyNotes(judgement: RunJudgement): string[] {
  const { end, failures } = judgement;
  const why = end?.message ?? failures[0]?.because;
  if (end === undefined || end.reason === 'interrupted') return cutNotes(judgement);
  return why === undefined ? [] : [`Why: ${why}`];
}

function ruleNotes({ end }: RunJudgement): string[] {
  return end?.reason === 'stop-rule' && end.message !== undefined ? [`Ended: ${end.message}`] : [];
}

function infraNotes({ cycles }: RunJudgement): string[] {
  const unseen = cycles.infra + cycles.aborted;
  return unseen === 0 ? [] : [`In ${cycleCount(unseen)} nobody could see, which is no device's fault.`];
}

/** What was seen before is good to know, but no answer. */
function seenNotes({ cycles }: RunJudgement): string[] {
  if (cycles.fail > 0) return [];
  if (cycles.pass > 0)
    return [
      `In the ${cycles.pass === 1 ? 'one cycle that was' : `${cycleCount(cycles.pass)} that were`} seen to the end, every function came back.`,
    ];
  return ['Not one cycle was seen to its end.'];
}
