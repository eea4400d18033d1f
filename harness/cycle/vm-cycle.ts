import { GateRefusedError } from '../host/gate.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { EdgeName } from '../journal/events.ts';
import { inTime, type Wait } from '../wait.ts';
import { isVmGone } from '../observer/mirror.ts';
import type { FunctionHealth, HealthByFunction } from '../pci/health.ts';
import { proveGuest } from '../vm/guest-proof.ts';
import type { VmActResult, VmManager } from '../vm/manager.ts';
import type { OwnVm } from './own-vm.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { patiently } from './reset-patience.ts';
import { StopLadder } from './stop-ladder.ts';
import { VmWontStopError } from './vm-wont-stop.ts';

/** How long QEMU may take from the manager's "started" to holding every function open. */
const holdTimeoutMs = 10_000;
/** How long QEMU may take from closing its first function to its end. */
const endTimeoutMs = 5000;

/**
 * Whether what is written next is synced with nothing done on the host in between, so that one sync serves both: the intent of the start
 * after `before`, of the stop after `running`, and after `after` the end of the cycle with the next cycle's first intervention, the
 * ladder's first intent, or the end of the run.
 */
const isFollowedBySync = (edge: EdgeName): boolean => edge === 'before' || edge === 'running' || edge === 'after';

/** The hands of the engine on one host: every act is written down before it is done, every look is an edge in the journal. */
export class CycleHands {
  readonly #plan: SoakPlan;
  readonly #world: SoakWorld;
  readonly #host: LabHost;
  readonly #vm: VmManager;
  readonly #own: OwnVm;
  #lastSeen: HealthByFunction = new Map();

  constructor(plan: SoakPlan, world: SoakWorld, host: LabHost, vm: VmManager, own: OwnVm) {
    this.#plan = plan;
    this.#world = world;
    this.#host = host;
    this.#vm = vm;
    this.#own = own;
  }

  /**
   * One whole cycle: look, start, settle, look, stop, settle, look.
   * A stop request cuts the rests short, never an act: the VM is stopped in order and looked after.
   *
   * @param sumUp writes what was seen of the cycle beside the edges, before it is over.
   */
  async run(cycle: number, sumUp: () => Promise<void>): Promise<void> {
    const { journal } = this.#world;
    await journal.append({ t: 'cycle-started', cycle });
    await this.lookAt('before', cycle);
    if (this.#vmIsUp()) this.#refuseForeignVm();
    const startedAtMs = this.#world.clock.nowMs();
    const started = await this.#start(cycle);
    if (started.alreadyUp) this.#refuseForeignVm();
    if (started.ok) {
      await this.#held();
      await this.#settle(this.#plan.settle.afterStartMs);
      await this.#proveGuest(cycle, startedAtMs);
      await this.lookAt('running', cycle);
      if (await this.#endedByItself()) await journal.append({ t: 'vm-gone', cycle });
    }
    // A manager that says "failed" may have started it all the same.
    if (started.ok || (await this.#vmIsThere())) await this.#stop(cycle);
    else await this.#untilGone({ timeoutMs: this.#plan.timeouts.vmStopMs });
    await this.#settle(this.#plan.settle.afterStopMs);
    await this.lookAt('after', cycle);
    await sumUp();
    await journal.append({ t: 'cycle-finished', cycle, complete: true });
  }

  /** Health at the last look; empty before the first. */
  get lastSeen(): HealthByFunction {
    return this.#lastSeen;
  }

  /** Reads the health of every function. It reads config space, which wakes a suspended function: an intervention. */
  async lookAt(edge: EdgeName, cycle: number): Promise<void> {
    const { journal } = this.#world;
    await journal.append({ t: 'intervention', act: 'edge-read' }, { sync: true });
    const seen = await this.#host.observer.edge(
      this.#plan.functions.map(({ address }) => address),
      { timeoutMs: this.#plan.timeouts.commandMs },
    );
    this.#lastSeen = seen.functions;
    await journal.append(
      {
        t: 'edge',
        edge,
        cycle,
        bootId: seen.bootId,
        monoMs: Math.round(seen.monoSeconds * 1000),
        functions: seen.functions,
        holders: seen.holders,
        stuck: seen.stuck,
      },
      { sync: !isFollowedBySync(edge) },
    );
  }

  /** Stops the VM of this run where it may still be up: a start that was cut off may have gone on without us. */
  async stopLeftover(): Promise<void> {
    if (this.#own.cycle === undefined) return;
    await this.#stop(this.#own.cycle);
  }

  async #stop(cycle: number): Promise<void> {
    try {
      await new StopLadder(this.#plan, this.#world, this.#host, this.#vm).stop(cycle);
      this.#own.isDown();
    } catch (error) {
      if (error instanceof VmWontStopError) this.#own.giveUp();
      throw error;
    }
  }

  #vmIsUp(): boolean {
    return this.#host.observer.state.vmPid !== null;
  }

  async #vmIsThere(): Promise<boolean> {
    return await this.#host.observer.vmIsThere({ timeoutMs: this.#plan.timeouts.commandMs });
  }

  /** Somebody else started the VM since the gate was open; it is not ours to stop. */
  #refuseForeignVm(): never {
    this.#own.isDown();
    const findings = [`somebody else started ${this.#vm.name}: it is left as it is`];
    throw new GateRefusedError(this.#plan.host, [{ gate: 'vm', passed: false, findings }]);
  }

  async #start(cycle: number): Promise<VmActResult> {
    const { journal } = this.#world;
    const { observer } = this.#host;
    const { vmStartMs, wedgeMs } = this.#plan.timeouts;
    await journal.append({ t: 'intent', act: 'vm-start', cycle }, { sync: true });
    this.#own.startIntended(cycle);
    const what = { act: 'vm-start', cycle, timeoutMs: vmStartMs, waitedFor: `${this.#vm.name} to start` } as const;
    const result = await patiently((wait) => this.#vm.start(wait), what, { observer, journal, wedgeMs });
    const { ok, exitCode, durationMs, output } = result;
    const said = output === '' ? {} : { output };
    await journal.append({ t: 'act-done', act: 'vm-start', cycle, ok, exitCode, durationMs, ...said });
    return result;
  }

  /** Asks the guest, before the edge that says how the functions are while it runs. */
  async #proveGuest(cycle: number, startedAtMs: number): Promise<void> {
    const { guest } = this.#plan;
    if (guest === undefined) return;
    const { journal } = this.#world;
    const { answeredMs, asked, findings, notProven } = await proveGuest(
      this.#vm.guestAgent,
      guest,
      startedAtMs,
      this.#world,
    );
    await journal.append({
      ...{ t: 'guest-proof', cycle, answeredMs, asked },
      ...(findings.length === 0 ? {} : { findings: [...findings] }),
      ...(notProven === undefined ? {} : { notProven }),
    });
  }

  /** The observer's news may be behind the manager's word; a function that the VM never gets shows at the edge. */
  async #held(): Promise<void> {
    const { observer } = this.#host;
    await inTime(
      observer.until(
        ({ functions }) => [...functions.values()].every(isHeldIfThere),
        { timeoutMs: holdTimeoutMs },
        'the VM to hold every function',
      ),
    );
  }

  /**
   * Whether the VM ended without being asked, so that what it does not hold is no function's fault. It closes its functions, each with its
   * reset, before its process is gone; so where not all of them were held at the edge, its end is waited for.
   */
  async #endedByItself(): Promise<boolean> {
    if ([...this.#lastSeen.values()].every(isHeldIfThere)) return false;
    if (!(await this.#vmIsThere())) return true;
    return await inTime(
      this.#host.observer.until(isVmGone, { timeoutMs: endTimeoutMs }, `the end of ${this.#vm.name}`),
    );
  }

  /** Proxmox says "stopped" before its cleanup is through; the pid file goes with it. */
  async #untilGone(wait: Wait): Promise<void> {
    await this.#host.observer.until(isVmGone, wait, `${this.#vm.name} to be gone from the host`);
    this.#own.isDown();
  }

  async #settle(durationMs: number): Promise<void> {
    const { clock, stop } = this.#world;
    if (stop.aborted) return;
    await clock.sleep(durationMs, stop).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  }
}

function isHeldIfThere({
  present,
  driver,
  enableCount,
}: Pick<FunctionHealth, 'present' | 'driver' | 'enableCount'>): boolean {
  return !present || (driver === 'vfio-pci' && enableCount !== null && enableCount > 0);
}
