import type { LabHost } from '../host/lab-host.ts';
import type { Cell, HostIdentity, JournalEventOf } from '../journal/events.ts';
import type { HealthByFunction } from '../pci/health.ts';
import { passGates } from './gates.ts';
import { takeLock } from './lab-lock.ts';
import { type KernelWatch, watchKernel } from './kernel-watch.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { type ResetWatch, watchResets } from './reset-watch.ts';
import { surveyHost, surveyVm } from './preflight.ts';
import type { OwnVm } from './own-vm.ts';
import { CycleHands } from './vm-cycle.ts';

/** `down`: it was not up any more, or never; `stopped`: it was up and was stopped; `gone-with-host`: the host was booted since. */
export type VmLeftover = JournalEventOf<'settled'>['vm'];

/** A lab host that is locked, proven to be the right one with its groups split, and watched: ready for cycles. */
export class Bench implements AsyncDisposable {
  readonly hands: CycleHands;
  readonly kernel: KernelWatch;
  readonly resets: ResetWatch;
  readonly bootId: string;
  readonly host: LabHost;
  #cell: Cell | undefined;
  #leftover: VmLeftover = 'down';
  #baseline: HealthByFunction | undefined;

  private constructor(host: LabHost, hands: CycleHands, kernel: KernelWatch, resets: ResetWatch, bootId: string) {
    this.host = host;
    this.hands = hands;
    this.kernel = kernel;
    this.resets = resets;
    this.bootId = bootId;
  }

  /** What runs on the host. */
  get cell(): Cell | undefined {
    return this.#cell;
  }

  /** What became of a VM of ours that may have been up when the bench was set up. */
  get leftover(): VmLeftover {
    return this.#leftover;
  }

  /** Health before the first cycle of this boot; undefined where an earlier bench took it. */
  get baseline(): HealthByFunction | undefined {
    return this.#baseline;
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
    const resets = watchResets(host.observer, journal, plan.functions);
    const bench = new Bench(host, hands, kernel, resets, bootId);
    try {
      const wait = { timeoutMs: plan.timeouts.commandMs };
      if (bootIdBefore !== undefined) await journal.append({ t: 'lab-back', bootId }, { sync: true });
      await takeLock(plan, world, host);
      await host.observer.watch(
        plan.functions.map(({ address }) => address),
        wait,
      );
      await host.observer.watchVm(vm.pidFile, wait);
      const survey = await surveyHost(plan, host, bootIdBefore === bootId);
      await journal.append({ t: 'host-identified', identity: survey.identity });
      await journal.append({ t: 'groups-read', groups: [...survey.groups] });
      await passGates(plan, world, survey.gates);
      if (bootIdBefore === bootId) {
        if (host.observer.state.vmPid !== null && own.cycle !== undefined) bench.#leftover = 'stopped';
        await hands.stopLeftover();
      } else {
        if (own.cycle !== undefined) bench.#leftover = 'gone-with-host';
        own.isDown();
      }
      await passGates(plan, world, [await surveyVm(plan, vm, survey.onHost)]);
      await resets.ready();
      bench.#cell = cellOf(survey.identity);
      if (bootIdBefore !== bootId) {
        await journal.append({ t: 'cell-started', cell: bench.#cell, bootId });
        await hands.lookAt('baseline', 0);
        bench.#baseline = hands.lastSeen;
      }
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Gives the host away, for a reboot; the bench is over. */
  async release(): Promise<LabHost> {
    await this.#stopWatching();
    return this.host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#stopWatching();
    } finally {
      await this.host[Symbol.asyncDispose]();
    }
  }

  async #stopWatching(): Promise<void> {
    try {
      await this.kernel[Symbol.asyncDispose]();
    } finally {
      await this.resets[Symbol.asyncDispose]();
    }
  }
}

function cellOf(identity: HostIdentity): Cell {
  return { bios: identity.bios ?? 'unknown', kernel: identity.kernel, commandLine: identity.commandLine };
}
