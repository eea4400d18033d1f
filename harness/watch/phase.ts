import type { JournalEvent } from '../journal/events.ts';

/** What a run does right now. `idle` is a VM that is stopped, `settling` the time from its stop to the last look at its functions. */
export const phaseNames = [
  'preparing',
  'flashing',
  'booting',
  'checking',
  'waiting',
  'idle',
  'starting',
  'running',
  'stopping',
  'settling',
  'recovering',
  'host-lost',
  'over',
] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly name: PhaseName;
  /** What is done, in words for a person. */
  readonly words: string;
  /** Milliseconds since the epoch, by the controller's clock. */
  readonly sinceMs: number;
}

/** Before the first event. */
export const noPhase: Phase = { name: 'preparing', words: 'the run has not begun', sinceMs: 0 };

/** The phase after one more event; most leave it as it is. */
export function phaseAfter(phase: Phase, event: JournalEvent): Phase {
  const next = nextPhase(event);
  if (next === undefined) return phase;
  const [name, words] = next;
  return name === phase.name && words === phase.words ? phase : { name, words, sinceMs: event.at };
}

function nextPhase(event: JournalEvent): readonly [PhaseName, string] | undefined {
  switch (event.t) {
    case 'run-started':
      return ['preparing', 'looking for the host'];
    case 'run-resumed':
      return ['preparing', 'going on with the run'];
    case 'bios-intent':
      return ['flashing', `flashing BIOS ${event.to}`];
    case 'boot-intent':
      return ['booting', `booting the cell ${event.cell}`];
    case 'parked':
      return ['waiting', 'waiting for you'];
    case 'host-identified':
    case 'gate':
    case 'bios-done':
    case 'boot-done':
    case 'resumed':
    case 'lab-back':
    case 'cell-started':
      return ['checking', 'checking the host'];
    case 'cycle-started':
      return ['idle', 'looking before the start'];
    case 'intent':
      return event.act === 'vm-start' ? ['starting', 'starting the VM'] : ['stopping', 'stopping the VM'];
    case 'act-done':
      if (event.act === 'vm-stop') return ['settling', 'settling after the stop'];
      return event.ok ? ['running', 'the VM runs'] : ['settling', 'the VM did not start'];
    case 'stop-intent':
      return ['stopping', `ending the VM by ${event.step}`];
    case 'stop-done':
      return event.standing === 'gone' ? ['settling', 'settling after the stop'] : undefined;
    case 'vm-gone':
      return ['settling', 'the VM ended by itself'];
    case 'edge':
      return event.edge === 'baseline' ? ['idle', 'ready for the first cycle'] : undefined;
    case 'cycle-finished':
    case 'rung-done':
      return ['idle', 'between two cycles'];
    case 'rung-intent':
      return ['recovering', `bringing functions back: ${event.rung}`];
    case 'lab-lost':
      return ['host-lost', 'the host does not answer'];
    case 'host-wedged':
      return ['host-lost', 'the host is wedged'];
    case 'power-intent':
      return ['host-lost', `switching the power ${event.act}`];
    case 'run-finished':
      return event.reason === 'parked' ? ['waiting', 'waiting for you'] : ['over', 'over'];
    default:
      return undefined;
  }
}
