import { type GateResult, GateRefusedError } from '../host/gate.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** Writes the gates down and stops at a closed one. @throws GateRefusedError */
export async function passGates(
  plan: SoakPlan,
  { journal }: SoakWorld,
  gates: readonly GateResult[],
  refused?: string,
): Promise<void> {
  for (const { gate, passed, findings } of gates) {
    await journal.append({ t: 'gate', gate, passed, findings: [...findings] }, { sync: !passed });
  }
  requireOpen(plan.host, gates, refused);
}

/** @throws GateRefusedError where any gate is closed. */
export function requireOpen(host: string, gates: readonly GateResult[], refused?: string): void {
  if (gates.some(({ passed }) => !passed)) throw new GateRefusedError(host, gates, refused);
}
