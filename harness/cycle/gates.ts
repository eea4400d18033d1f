import { type GateResult, GateRefusedError } from '../host/gate.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** How often a lock is asked for again that our own, lost observer still holds, and for how long: it ends itself after 90 s of silence. */
const lockPauseMs = 2_000;
const lockPatienceMs = 120_000;

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

/** Takes the lab lock. One that this very run still holds through a connection it lost is waited for. */
export async function takeLock(plan: SoakPlan, world: SoakWorld, host: LabHost): Promise<void> {
  const { clock, stop } = world;
  const deadlineMs = clock.nowMs() + lockPatienceMs;
  for (;;) {
    const lock = await host.observer.lock(plan.owner, { timeoutMs: plan.timeouts.commandMs });
    if (lock.held === 'by-us') return;
    if (lock.owner !== plan.owner || clock.nowMs() >= deadlineMs) {
      const findings = [`another run has this lab: ${lock.owner}`];
      await passGates(plan, world, [{ gate: 'lock', passed: false, findings }]);
    }
    await clock.sleep(lockPauseMs, stop);
  }
}
