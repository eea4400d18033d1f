import type { RunJudgement } from '../judge/run-judgement.ts';
import { functionName } from '../judge/function-name.ts';
import { functionClaim } from './claim.ts';
import { code, prose, row, table } from './markdown-text.ts';
import { planWords } from './plan-words.ts';

/** So many cycles that did not pass are named; more are in the JUnit file, and all in the journal. */
const toldCycles = 20;
/** A host that hands over more is none that anybody has. */
const toldFunctions = 64;

/**
 * A judged run in Markdown, for the summary of a CI job, a merge request or a mail: what came of it first, then why. It is far below the
 * 1 MiB that GitHub takes, whatever a host says, and what a host says neither formats nor links nor mentions anything.
 */
export function markdownSummary(judgement: RunJudgement): string {
  return [
    `## ${headline(judgement)}`,
    '',
    ...claims(judgement),
    ...reasons(judgement),
    ...functionTable(judgement),
    ...failedCycles(judgement),
    ...cellTable(judgement),
  ].join('\n');
}

/** `FAIL: 98 of 100 cycles on elysium, 1 host reboot`: alone it says whether the night was good. */
export function headline({ start, outcome, cycles, hostReboots }: RunJudgement): string {
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  const planned = start.plan.cycles;
  const done =
    planned === 0
      ? 'cell verified without a cycle'
      : `${planned === undefined ? judged : `${judged} of ${planned}`} cycle${(planned ?? judged) === 1 ? '' : 's'}`;
  const reboots = `${hostReboots} host reboot${hostReboots === 1 ? '' : 's'}`;
  return `${outcome.toUpperCase()}: ${done} on ${prose(start.host)}, ${reboots}`;
}

function claims(judgement: RunJudgement): string[] {
  const { functions, outcome, start } = judgement;
  if (start.plan.cycles === 0) return [];
  if (outcome === 'refused') return ['**Shown: nothing; the VM was never started.**', ''];
  const words = [...functions]
    .slice(0, toldFunctions)
    .map(([address, totals]) => `- **${prose(functionClaim(address, totals, judgement).words)}**`);
  return words.length === 0 ? [] : [...words, ''];
}

/** What a person must do or know before reading on. */
function reasons({ outcome, end, gates }: RunJudgement): string[] {
  const closed = gates
    .filter(({ passed }) => !passed)
    .flatMap(({ gate, findings }) => findings.map((finding) => `- closed gate ${code(`${gate}: ${finding}`)}`));
  const why = end?.message ?? (end === undefined ? 'the journal ends before the run did' : undefined);
  const waits =
    outcome === 'parked' ? ['The run waits for a person: `comeback soak --resume last` goes on with it.', ''] : [];
  const ended = why === undefined ? [] : [`Ended: ${code(why)}`, ''];
  const told = closed.slice(0, toldCycles);
  return [...waits, ...ended, ...told, ...(told.length === 0 ? [] : [''])];
}

function functionTable({ functions }: RunJudgement): string[] {
  const rows = [...functions].slice(0, toldFunctions).map(([address, { role, counts, firstLost, recoveries }]) => {
    const { survived, degraded, lost, unobserved } = counts;
    const first = firstLost === undefined ? '' : `cycle ${firstLost.cycle}: ${code(firstLost.because)}`;
    const brought = Object.entries(recoveries).map(([rung, times]) => `${rung} ${times}`);
    return row(prose(functionName(role, address)), survived, degraded, lost, unobserved, first, brought.join(', '));
  });
  const head = ['function', 'survived', 'degraded', 'lost', 'unobserved', 'first lost', 'brought back by'];
  return rows.length === 0 ? [] : [...table(head, rows), ''];
}

function failedCycles({ failures, failuresOmitted }: RunJudgement): string[] {
  if (failures.length === 0) return [];
  const told = failures.slice(0, toldCycles);
  const more = failures.length + failuresOmitted - told.length;
  return [
    '### Cycles that did not pass',
    '',
    ...table(
      ['cycle', 'outcome', 'why'],
      told.map(({ cycle, outcome, because }) => row(cycle, outcome, code(because))),
    ),
    '',
    ...(more === 0 ? [] : [`and ${more} more, which are in the journal.`, '']),
  ];
}

function cellTable({ start, identity, cell, bootId }: RunJudgement): string[] {
  const commandLine = cell?.commandLine ?? identity?.commandLine;
  const override = /(?:^|\s)pcie_acs_override=\S*/.exec(commandLine ?? '')?.[0].trim();
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['run', start.run],
    ['host', start.host],
    ['planned', start.plan.cycles === 0 ? 'to verify, without a cycle' : planWords(start.plan)],
    ['board', identity?.board ?? undefined],
    ['BIOS', cell?.bios ?? identity?.bios ?? undefined],
    ['kernel', cell?.kernel ?? identity?.kernel],
    ['command line', commandLine],
    ['override', commandLine === undefined ? undefined : (override ?? 'none')],
    ['boot_id', bootId],
    ['comeback', start.comeback],
  ];
  return [
    ...table(
      ['cell', ''],
      rows.map(([name, value]) => row(name, code(value ?? 'unknown'))),
    ),
    '',
  ];
}
