import type { JournalEventOf } from '../journal/events.ts';
import type { LiveState } from './live-state.ts';

/** How a run stands. `died`: its controller is gone and nobody wrote an end; `lab-failed` and `interrupted` can be gone on with. */
export const standings = ['under-way', 'over', 'parked', 'interrupted', 'lab-failed', 'refused', 'died'] as const;
export type Standing = (typeof standings)[number];

/** A live state at one moment, with what depends on the moment. */
export interface LiveView extends LiveState {
  readonly nowMs: number;
  readonly standing: Standing;
  readonly timeLeft: TimeLeft | null;
}

export interface TimeLeft {
  readonly ms: number;
  /** What will end the run then, as far as one can tell today. */
  readonly by: 'cycles' | 'for' | 'prove';
}

/** @param isUnderWay whether a process on this controller is at work on the run. */
export function liveView(state: LiveState, nowMs: number, isUnderWay: boolean): LiveView {
  const standing = standingOf(state, isUnderWay);
  return { ...state, nowMs, standing, timeLeft: standing === 'under-way' ? timeLeft(state, nowMs) : null };
}

const standingByReason: Readonly<Record<JournalEventOf<'run-finished'>['reason'], Standing>> = {
  'cycles-done': 'over',
  'stop-rule': 'over',
  interrupted: 'interrupted',
  infra: 'lab-failed',
  refused: 'refused',
  parked: 'parked',
};

function standingOf({ end }: LiveState, isUnderWay: boolean): Standing {
  // A run that is over writes its reports for a moment longer.
  if (end !== null) return standingByReason[end.reason];
  return isUnderWay ? 'under-way' : 'died';
}

/** How long the run will last if its cycles go on as the last ones did: by the first rule of its plan that is met then. */
function timeLeft(state: LiveState, nowMs: number): TimeLeft | null {
  const { plan, startedAtMs, outcomes, pace, trialsToProof } = state;
  const { periodMs } = pace;
  const done = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const rules: TimeLeft[] = [];
  if (plan.stop?.forMs !== undefined) rules.push({ by: 'for', ms: Math.max(0, startedAtMs + plan.stop.forMs - nowMs) });
  if (periodMs !== null) {
    if (plan.cycles !== undefined) rules.push({ by: 'cycles', ms: Math.max(0, plan.cycles - done) * periodMs });
    if (trialsToProof !== null) rules.push({ by: 'prove', ms: trialsToProof * periodMs });
  }
  return rules.sort((one, other) => one.ms - other.ms)[0] ?? null;
}
