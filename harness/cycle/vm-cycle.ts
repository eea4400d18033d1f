import type { LabHost } from '../host/lab-host.ts';
import type { Act, EdgeName } from '../journal/events.ts';
import { DeadlineError, type Wait } from '../wait.ts';
import type { VmActResult, VmManager } from '../vm/manager.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** How long QEMU may take from the manager's "started" to holding every function open. */
const holdTimeoutMs = 10_000;

/** The hands of the engine on one host: every act is written down before it is done, every look is an edge in the journal. */
export class CycleHands {
  readonly #plan: SoakPlan;
  readonly #world: SoakWorld;
  readonly #host: LabHost;
  readonly #vm: VmManager;

  constructor(plan: SoakPlan, world: SoakWorld, host: LabHost, vm: VmManager) {
    this.#plan = plan;
    this.#world = world;
    this.#host = host;
    this.#vm = vm;
  }

  /**
   * One whole cycle: look, start, settle, look, stop, settle, look.
   * A stop request cuts the rests short, never an act: the VM is stopped in order and looked after.
   */
  async run(cycle: number): Promise<void> {
    const { journal } = this.#world;
    await journal.append({ t: 'cycle-started', cycle });
    await this.lookAt('before', cycle);
    const started = await this.#act('vm-start', cycle);
    if (started.ok) {
      await this.#held();
      await this.#settle(this.#plan.settle.afterStartMs);
      await this.lookAt('running', cycle);
    }
    if (started.ok || this.#host.observer.state.vmPid !== null) await this.#act('vm-stop', cycle);
    await this.#gone();
    await this.#settle(this.#plan.settle.afterStopMs);
    await this.lookAt('after', cycle);
    await journal.append({ t: 'cycle-finished', cycle, complete: true }, { sync: true });
  }

  /** Reads the health of every function. It reads config space, which wakes a suspended function: an intervention. */
  async lookAt(edge: EdgeName, cycle: number): Promise<void> {
    const { journal } = this.#world;
    await journal.append({ t: 'intervention', act: 'edge-read' }, { sync: true });
    const seen = await this.#host.observer.edge(
      this.#plan.functions.map(({ address }) => address),
      { timeoutMs: this.#plan.timeouts.commandMs },
    );
    await journal.append(
      {
        t: 'edge',
        edge,
        cycle,
        bootId: seen.bootId,
        monoMs: Math.round(seen.monoSeconds * 1000),
        functions: seen.functions,
      },
      { sync: true },
    );
  }

  /** Stops a VM that is still up, whoever started it in this run. */
  async stopLeftover(cycle: number): Promise<void> {
    if (this.#host.observer.state.vmPid === null) return;
    await this.#act('vm-stop', cycle);
    await this.#gone();
  }

  async #act(act: Act, cycle: number): Promise<VmActResult> {
    const { journal } = this.#world;
    await journal.append({ t: 'intent', act, cycle }, { sync: true });
    const { vmStartMs, vmStopMs } = this.#plan.timeouts;
    const result =
      act === 'vm-start'
        ? await this.#vm.start({ timeoutMs: vmStartMs })
        : await this.#vm.stop({ timeoutMs: vmStopMs });
    const { ok, exitCode, durationMs, output } = result;
    await journal.append({ t: 'act-done', act, cycle, ok, exitCode, durationMs, ...(output === '' ? {} : { output }) });
    return result;
  }

  /** The manager says "started" before QEMU holds the last function; one that it never gets shows at the edge. */
  async #held(): Promise<void> {
    const { observer } = this.#host;
    const wait: Wait = { timeoutMs: holdTimeoutMs, signal: this.#world.stop };
    try {
      await observer.until(
        (state) => [...state.functions.values()].every(({ enableCount }) => (enableCount ?? 0) > 0),
        wait,
        'the VM to hold every function',
      );
    } catch (error) {
      if (!(error instanceof DeadlineError) && !this.#world.stop.aborted) throw error;
    }
  }

  /** Proxmox says "stopped" before its cleanup is through; the pid file goes with it. */
  async #gone(): Promise<void> {
    await this.#host.observer.until(
      (state) => state.vmPid === null,
      { timeoutMs: this.#plan.timeouts.vmStopMs },
      `${this.#vm.name} to be gone from the host`,
    );
  }

  async #settle(durationMs: number): Promise<void> {
    const { clock, stop } = this.#world;
    if (stop.aborted) return;
    await clock.sleep(durationMs, stop).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  }
}
