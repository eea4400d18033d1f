import { ComebackError } from '../errors.ts';
import type { GateResult } from '../host/gate.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { HostIdentity } from '../journal/events.ts';
import { type KernelWatch, watchKernel } from './kernel-watch.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { requireOpen, surveyHost, surveyVm } from './preflight.ts';
import { CycleHands } from './vm-cycle.ts';

/** Where a run was when it lost the host. */
interface Interrupted {
  readonly bootId: string;
  readonly cycle: number;
}

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
   * @param interrupted is given after a loss of the host: a VM of ours that is still up is stopped first, and a baseline is taken
   * only after a reboot, for within one boot the old one still holds.
   * @throws GateRefusedError
   */
  static async setUp(plan: SoakPlan, world: SoakWorld, host: LabHost, interrupted?: Interrupted): Promise<Bench> {
    const { journal } = world;
    const vm = world.vmOn(host);
    const hands = new CycleHands(plan, world, host, vm);
    const { bootId } = host.observer.hello;
    const kernel = watchKernel(host.observer, journal, plan.functions);
    const bench = new Bench(host, hands, kernel, bootId);
    try {
      const wait = { timeoutMs: plan.timeouts.commandMs };
      if (interrupted !== undefined) await journal.append({ t: 'lab-back', bootId }, { sync: true });
      const lock = await host.observer.lock(plan.owner, wait);
      if (lock.held === 'by-other') {
        const findings = [`another run has this lab: ${lock.owner}`];
        await passGates(plan, world, [{ gate: 'lock', passed: false, findings }]);
      }
      await host.observer.watch(
        plan.functions.map(({ address }) => address),
        wait,
      );
      await host.observer.watchVm(vm.pidFile, wait);
      if (interrupted !== undefined) await hands.stopLeftover(interrupted.cycle);

      const survey = await surveyHost(plan, host);
      await journal.append({ t: 'host-identified', identity: survey.identity });
      await journal.append({ t: 'groups-read', groups: [...survey.groups] });
      await passGates(plan, world, survey.gates);
      await passGates(plan, world, [await surveyVm(plan, vm)]);
      if (interrupted?.bootId !== bootId) {
        await journal.append({ t: 'cell-started', cell: cellOf(survey.identity), bootId });
        await hands.lookAt('baseline', 0);
      }
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Stops the VM if this run left it up. A host that is gone cannot be helped from here; the error that lost it is the one to tell. */
  async leaveVmStopped(cycle: number): Promise<void> {
    try {
      await this.hands.stopLeftover(cycle);
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel[Symbol.asyncDispose]();
    await this.#host[Symbol.asyncDispose]();
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
