import type { NotifyEvent } from '../inventory/notify.ts';
import type { Cell, FunctionRole, JournalEvent } from '../journal/events.ts';
import { functionName } from '../judge/function-name.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { RunOutcome } from '../judge/run-outcome.ts';
import type { CycleJudgement, FunctionVerdict } from '../judge/verdict.ts';
import type { PciAddress } from '../pci/address.ts';
import { cellOf } from '../report/cell-words.ts';
import { plainLine } from '../report/plain-line.ts';
import { summaryText } from '../report/summary.ts';

/** What somebody is told. Plain data: a command and a webhook get it as JSON. */
export interface Notification {
  readonly event: NotifyEvent | 'test';
  readonly host: string;
  readonly run: string;
  /** When it befell, in milliseconds since the epoch. */
  readonly atMs: number;
  /** One line without control characters. */
  readonly title: string;
  /** A few such lines. */
  readonly text: string;
  readonly cell: Cell | null;
  readonly cycle: number | null;
  /** Those that were lost. */
  readonly functions: readonly { readonly address: PciAddress; readonly role: FunctionRole }[];
  /** How the run stands; null before anything was judged. */
  readonly outcome: RunOutcome | null;
}

interface Moment {
  /** The judgement of the cycle that ended with the event. */
  readonly cycle: CycleJudgement | undefined;
  /** The whole run, up to and with the event. */
  readonly run: RunJudgement;
}

/** Whether there may be something to be told: a night has a hundred thousand events, and only few are worth the judgement of the whole run. */
export function mayTell({ t }: Pick<JournalEvent, 't'>, cycle: CycleJudgement | undefined): boolean {
  if (t === 'host-wedged' || t === 'parked' || t === 'run-finished') return true;
  return cycle?.functions.some(({ verdict }) => verdict === 'lost') ?? false;
}

/** What there is to be told once this event of a run is written; nothing, for most. */
export function notificationsOf(event: JournalEvent, { cycle, run }: Moment): readonly Notification[] {
  const told = (kind: NotifyEvent, title: string, lines: readonly string[], more: Partial<Notification> = {}) => ({
    ...{ event: kind, host: run.start.host, run: run.start.run, atMs: event.at, outcome: run.outcome },
    ...{ title: plainLine(`${run.start.host}: ${title}`, 200), text: textOf([...lines, '', `Run ${run.start.run}`]) },
    ...{ cell: cellOf(run) ?? null, cycle: null, functions: [], ...more },
  });
  const lost = cycle === undefined ? [] : firstLosses(cycle, run);
  const losses =
    cycle === undefined || lost.length === 0
      ? []
      : [
          told(
            'lost',
            `${lost.map(({ role, address }) => functionName(role, address)).join(', ')} lost in cycle ${cycle.cycle}`,
            [
              ...lost.map(({ role, address, because }) => `${functionName(role, address)}: ${because}`),
              ...hostLines(run),
            ],
            { cycle: cycle.cycle, functions: lost.map(({ address, role }) => ({ address, role })) },
          ),
        ];
  switch (event.t) {
    case 'host-wedged':
      return [...losses, told('wedged', 'the host hangs', [event.why, ...(event.console ?? []).slice(-consoleLines)])];
    case 'parked':
      return [...losses, told('parked', 'the run waits for you', event.instructions.split('\n'))];
    case 'run-finished':
      // That it waits was told already, and it is not over.
      return event.reason === 'parked'
        ? losses
        : [...losses, told('ended', endTitle(run), summaryText(run).split('\n'))];
    default:
      return losses;
  }
}

/** To try who is told, and whether it comes. */
export function testNotification(host: string, atMs: number): Notification {
  const title = plainLine(`${host}: a test of comeback's notifications`);
  return {
    ...{
      event: 'test',
      host,
      run: 'none',
      atMs,
      title,
      text: 'Nothing befell any run. Somebody tried "comeback notify".',
    },
    ...{ cell: null, cycle: null, functions: [], outcome: null },
  };
}

const consoleLines = 5;
const textLines = 60;

/** A function that stays lost is told once, and one that comes and goes, too. */
function firstLosses({ functions }: CycleJudgement, run: RunJudgement): readonly FunctionVerdict[] {
  return functions.filter(
    ({ verdict, address }) => verdict === 'lost' && run.functions.get(address)?.counts.lost === 1,
  );
}

function hostLines(run: RunJudgement): string[] {
  const cell = cellOf(run);
  return cell === undefined ? [] : [`BIOS ${cell.bios}, Linux ${cell.kernel}`];
}

function endTitle({ start, outcome, cycles, end, functions }: RunJudgement): string {
  if (start.plan.cycles === 0)
    return end?.reason === 'cycles-done' ? 'booted and verified' : `not verified (${end?.reason ?? outcome})`;
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  const lost = [...functions].filter(([, { counts }]) => counts.lost > 0);
  const names = lost.map(([address, { role }]) => functionName(role, address)).join(', ');
  const what = names === '' ? '' : `; lost: ${names}`;
  return `${outcome.toUpperCase()} after ${judged} cycle${judged === 1 ? '' : 's'}${what}`;
}

function textOf(lines: readonly string[]): string {
  const plain = lines.slice(0, textLines).map((line) => plainLine(line, 500));
  return plain
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
