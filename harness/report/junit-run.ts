import type { RunJudgement } from '../judge/run-judgement.ts';
import { cyclesLeftOut } from './junit-cycles.ts';
import type { JunitCase } from './junit-suite.ts';
import { planWords } from './plan-words.ts';

/** The gates before the first start. Where none was reached, nobody can say whether they would have opened. */
export function preflightCase({ gates, end }: RunJudgement): JunitCase {
  const name = 'preflight';
  const output = gates.map(({ gate, passed }) => `${gate}: ${passed ? 'open' : 'closed'}`).join('\n');
  if (end?.reason !== 'refused') {
    return gates.length === 0 ? { name, result: { kind: 'skipped' } } : { name, result: { kind: 'passed' }, output };
  }
  const closed = gates.filter(({ passed }) => !passed);
  const names = closed.map(({ gate }) => gate).join(', ');
  const message = closed.length === 0 ? (end.message ?? 'the run was refused') : `closed: ${names}`;
  const findings = closed.flatMap(({ gate, findings }) => findings.map((finding) => `${gate}: ${finding}`));
  const body = [...findings, ...(end.message === undefined ? [] : [end.message])].join('\n');
  return { name, result: { kind: 'error', type: 'refused', message, body }, ...(output === '' ? {} : { output }) };
}

/** The run as a whole. What no single cycle tells is its error; without it such a run would look green. */
export function runCase(judgement: RunJudgement): JunitCase {
  const { end, lastAtMs, start } = judgement;
  const base = { name: 'run', durationMs: lastAtMs - start.at, output: runOutput(judgement) };
  const wrong = wrongWith(judgement);
  if (wrong !== undefined) {
    const { type, message } = wrong;
    const body = end?.code === undefined ? message : `${end.code}: ${message}`;
    return { ...base, result: { kind: 'error', type, message, body } };
  }
  // A run that waits for a person is not over, and one that was refused never began: neither is good or bad.
  const isOver = end?.reason !== 'parked' && end?.reason !== 'refused';
  return { ...base, result: { kind: isOver ? 'passed' : 'skipped' } };
}

function wrongWith({ end, cycles, functions, start }: RunJudgement): { type: string; message: string } | undefined {
  if (end === undefined) {
    return { type: 'aborted', message: 'the journal ends before the run did: comeback or its machine died' };
  }
  if (end.reason === 'interrupted') return { type: 'aborted', message: end.message ?? 'the run was interrupted' };
  if (end.reason === 'infra') return { type: 'infra', message: end.message ?? 'the lab failed' };
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  const isVerification = start.plan.cycles === 0;
  if (end.reason === 'cycles-done' && judged === 0 && !isVerification) {
    return { type: 'infra', message: 'not one cycle was run' };
  }
  return functions.size === 0 ? { type: 'infra', message: 'the run watches no function' } : undefined;
}

function runOutput(judgement: RunJudgement): string {
  const { start, cycles, hostReboots, end } = judgement;
  const counts = Object.entries(cycles).map(([outcome, count]) => `${outcome} ${count}`);
  const leftOut = cyclesLeftOut(judgement);
  return [
    `planned: ${start.plan.cycles === 0 ? 'to verify, without a cycle' : planWords(start.plan)}`,
    `cycles: ${counts.join(', ')}`,
    `host reboots: ${hostReboots}`,
    ...(end?.message === undefined ? [] : [`ended: ${end.message}`]),
    ...(leftOut === 0 ? [] : [`${leftOut} cycles that did not pass have no case here; the journal has them`]),
  ].join('\n');
}
