import type { RecoveryPolicy } from '../cycle/plan.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { rungNames, type RungName } from '../journal/events.ts';

/** What a command says about recovery beside the inventory. */
export interface RecoveryOptions {
  readonly recover?: RungName | 'none' | undefined;
  readonly skip?: readonly RungName[] | undefined;
  readonly stopAt?: RungName | 'still-lost' | undefined;
  /** The policy of a run that is gone on with; where the command says nothing, it is still that. */
  readonly asBefore?: RecoveryPolicy | undefined;
}

/** `wait` where the inventory says nothing: as long as the kernel itself waits for a function after a reset, with what it takes to say so. */
const defaultWaitMs = 70_000;

/** How far a run climbs: the options go before the inventory, but what the inventory forbids on this host stays forbidden. */
export function recoveryPolicy(
  { recovery }: Pick<LabHostConfig, 'recovery'>,
  { recover, skip, stopAt, asBefore }: RecoveryOptions,
): RecoveryPolicy {
  if (asBefore !== undefined && recover === undefined) return { ...asBefore, stopAt: stopAt ?? asBefore.stopAt };
  const upTo = recover ?? recovery?.upTo ?? 'none';
  const left = new Set([...(recovery?.skip ?? []), ...(skip ?? [])]);
  const rungs = upTo === 'none' ? [] : rungNames.slice(0, rungNames.indexOf(upTo) + 1);
  return {
    rungs: rungs.filter((rung) => !left.has(rung)),
    waitMs: recovery?.waitMs ?? defaultWaitMs,
    stopAt: stopAt ?? recovery?.stopAt,
  };
}
