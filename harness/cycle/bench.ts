import type { GateResult } from '../host/gate.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { HostIdentity } from '../journal/events.ts';
import { type KernelWatch, watchKernel } from './kernel-watch.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { requireOpen, surveyHost, surveyVm } from './preflight.ts';
import type { OwnVm } from './own-vm.ts';
import { CycleHands } from './vm-cycle.ts';

/** How often a lock is asked for again that our own, lost observer still holds, and for how long: it ends itself after 90 s of silence. */
const lockPauseMs = 2_000;
const lockPatienceMs = 120_000;

/** A lab host that is locked, proven to be the right one with its groups split, and watched: ready for cycles. */
export class Bench implements AsyncDisposable {
  readonly hands: CycleHands;
  readonly kernel: KernelWatch;
  readonly bootId: string;
  readonly #host: LabHost;

  private constructor(host: LabHost, hands: CycleHands, kernel: KernelWatch, bootId: string) {
    this.#host = host;
    this.hands = hands;
    this.kernel = kernel;
    this.bootId = bootId;
  }

  /**
   * Takes the host over, or hands it back closed.
   *
   * @param bootIdBefore is given after a loss of the host: a VM of ours that is still up is stopped, and a baseline is taken only after
   * a reboot, for within one boot the old one still holds.
   * @throws GateRefusedError
   */
  static async setUp(
    plan: SoakPlan,
    world: SoakWorld,
    host: LabHost,
    own: OwnVm,
    bootIdBefore?: string,
  ): Promise<Bench> {
    const { journal } = world;
    const vm = world.vmOn(host);
    const hands = new CycleHands(plan, world, host, vm, own);
    const { bootId } = host.observer.hello;
    const kernel = watchKernel(host.observer, journal, plan.functions);
    const bench = new Bench(host, hands, kernel, bootId);
    try {
      const wait = { timeoutMs: plan.timeouts.commandMs };
      if (bootIdBefore !== undefined) await journal.append({ t: 'lab-back', bootId }, { sync: true });
      await takeLock(plan, world, host);
      await host.observer.watch(
        plan.functions.map(({ address }) => address),
        wait,
      );
      await host.observer.watchVm(vm.pidFile, wait);
      const survey = await surveyHost(plan, host);
      await journal.append({ t: 'host-identified', identity: survey.identity });
      await journal.append({ t: 'groups-read', groups: [...survey.groups] });
      await passGates(plan, world, survey.gates);
      if (bootIdBefore === bootId) await hands.stopLeftover();
      else own.isDown();
      await passGates(plan, world, [await surveyVm(plan, vm, survey.onHost)]);
      if (bootIdBefore !== bootId) {
        await journal.append({ t: 'cell-started', cell: cellOf(survey.identity), bootId });
        await hands.lookAt('baseline', 0);
      }
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kernel[Symbol.asyncDispose]();
    } finally {
      await this.#host[Symbol.asyncDispose]();
    }
  }
}

/** Takes the lab lock. One that this very run still holds through a connection it lost is waited for. */
async function takeLock(plan: SoakPlan, world: SoakWorld, host: LabHost): Promise<void> {
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

/** Writes the gates down and stops at a closed one. */
async function passGates(plan: SoakPlan, { journal }: SoakWorld, gates: readonly GateResult[]): Promise<void> {
  for (const { gate, passed, findings } of gates) {
    await journal.append({ t: 'gate', gate, passed, findings: [...findings] }, { sync: !passed });
  }
  requireOpen(plan.host, gates);
}

function cellOf(identity: HostIdentity): { bios: string; kernel: string; commandLine: string } {
  return { bios: identity.bios ?? 'unknown', kernel: identity.kernel, commandLine: identity.commandLine };
}
