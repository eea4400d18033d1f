import type { FunctionRole } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { PciAddress } from '../pci/address.ts';
import { performedResets, resetWords } from '../pci/reset-names.ts';

/** One function, and how it is reset between guests as far as the runs tell. */
export interface MatrixFunction {
  readonly address: PciAddress;
  /** `vendor:device`. */
  readonly id: string;
  readonly role: FunctionRole;
  readonly name: string | undefined;
  /** What the kernel offers (`reset_method`), for each different offer; an empty list where it offers nothing. */
  readonly offered: readonly (readonly string[])[];
  /** Resets that were seen, and why others were not done. */
  readonly seen: readonly string[];
  readonly refused: readonly string[];
}

/** The functions of some runs on one machine, in the order of their inventory. One that moved to another address is another one. */
export function matrixFunctions(runs: readonly RunJudgement[]): readonly MatrixFunction[] {
  const functions = new Map<string, MatrixFunction>();
  for (const run of runs) {
    for (const { address, id, role, name } of run.start.functions) {
      const key = `${address} ${id}`;
      const known = functions.get(key) ?? { address, id, role, name, offered: [], seen: [], refused: [] };
      functions.set(key, withResets(known, run));
    }
  }
  return [...functions.values()];
}

function withResets(of: MatrixFunction, { resets }: RunJudgement): MatrixFunction {
  const told = resets.functions.get(of.address);
  if (told === undefined || resets.source === undefined) return of;
  const offer = told.offered ?? [];
  const isNew = !of.offered.some((known) => known.join() === offer.join());
  const seen = performedResets.filter((method) => method !== 'none' && told.methods[method] !== undefined);
  return {
    ...of,
    offered: isNew ? [...of.offered, offer] : of.offered,
    seen: [...new Set([...of.seen, ...seen.map((method) => resetWords[method])])],
    refused: [...new Set([...of.refused, ...Object.keys(told.refused)])],
  };
}
