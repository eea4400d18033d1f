import type { LabHost } from '../host/lab-host.ts';
import type { JournalEventOf, StopStep } from '../journal/events.ts';
import { ObserverRequestError } from '../observer/errors.ts';
import type { VmProcess } from '../observer/protocol.ts';
import type { StuckTask } from '../pci/health.ts';
import { CommandTimeoutError } from '../ssh/errors.ts';
import type { VmActResult, VmManager } from '../vm/manager.ts';
import { isVmGone } from '../observer/mirror.ts';
import { DeadlineError, inTime, type Wait } from '../wait.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { patiently } from './reset-patience.ts';
import { powerOrGiveUp } from './stop-by-power.ts';

/** How long a VM may still take to go after its manager said that it cannot be stopped. */
const afterFailedStopMs = 10_000;
/** Between two questions to the manager whether it has noticed that its VM is gone. */
const askAgainMs = 500;

type Standing = JournalEventOf<'stop-done'>['standing'];

/** What the manager made of an act; `hung` where its command did not end in time, and may go on. */
type Asked = Pick<VmActResult, 'ok' | 'heldUp'> & { readonly hung: boolean; readonly said: string };

/**
 * Ends the VM of a run, step by step, each with its deadline and written down before it is done: the manager's stop, the guest's own
 * shutdown, SIGTERM and SIGKILL to the VM's process, and at last a cut of the host's power.
 *
 * A guest is not asked first: what is tested is a VM that is stopped, and a guest in trouble would take its whole deadline each cycle. It
 * is asked second, for it is the last chance of its drivers to leave the functions in order. Steps that cannot help are left out, with
 * the reason: nothing but power ends a task that sits in a reset, and what holds the VM against one act of its manager holds it against
 * the next. Only the observer's look at the process counts: a manager that says that the VM is down may be wrong.
 */
export class StopLadder {
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
   * Resolves once the VM's process is gone.
   *
   * @throws VmWontStopError where it is still there; it tells whether cutting the power may be the next step. What a loss of the host throws.
   */
  async stop(cycle: number): Promise<void> {
    const asked = await this.#askToStop(cycle);
    if (this.#isGone()) return;
    const stuck = await this.#ownStuckTasks();
    if (stuck.length > 0) {
      const why = `${stuckWords(stuck)}, where no signal reaches it`;
      for (const step of ['shutdown', 'terminate', 'kill'] as const) await this.#skipped(step, cycle, why);
      return await powerOrGiveUp(this.#plan, this.#world, this.#host, {
        cycle,
        vm: this.#vm.name,
        why,
        isWedged: true,
      });
    }
    if ((await this.#askGuest(cycle, asked)) === 'gone') {
      await this.#managerKnows('shutdown', cycle);
      return;
    }
    const { why, isWedged } = await this.#signal(cycle);
    if (this.#isGone()) {
      await this.#managerKnows('kill', cycle);
      return;
    }
    await powerOrGiveUp(this.#plan, this.#world, this.#host, { cycle, vm: this.#vm.name, why, isWedged });
  }

  /** The manager's stop, as every cycle has it. That something is amiss with it stands in a `stop-done` of its own. */
  async #askToStop(cycle: number): Promise<Asked> {
    const { vmStopMs } = this.#plan.timeouts;
    const startedAtMs = performance.now();
    await this.#world.journal.append({ t: 'intent', act: 'vm-stop', cycle }, { sync: true });
    const asked = await this.#askManager(cycle, vmStopMs, (wait) => this.#vm.stop(wait), 'act');
    // A manager that gave up has waited long enough for both of us; only a reset under way explains a VM that is still there.
    const isGone = await this.#untilGone(cycle, asked.ok ? vmStopMs : Math.min(afterFailedStopMs, vmStopMs));
    if (isGone && asked.ok) return asked;
    const message = asked.ok ? 'the manager says that it is down, and its process is still there' : asked.said;
    await this.#done('stop', cycle, isGone ? 'gone' : 'still-there', startedAtMs, message);
    return asked;
  }

  async #askGuest(cycle: number, stop: Asked): Promise<Standing> {
    const held = stop.hung
      ? 'the stop that did not end still has the VM, and the manager does one thing at a time'
      : `the manager cannot get at the VM: ${stop.said}`;
    if (stop.hung || stop.heldUp) return await this.#skipped('shutdown', cycle, held);
    const startedAtMs = await this.#intent('shutdown', cycle);
    const { vmShutdownMs } = this.#plan.timeouts;
    const asked = await this.#askManager(cycle, vmShutdownMs, (wait) =>
      this.#vm.shutdown({ ...wait, timeoutMs: vmShutdownMs }),
    );
    const leftMs = Math.max(1, startedAtMs + vmShutdownMs - performance.now());
    const standing = (await this.#untilGone(cycle, asked.ok ? leftMs : 1)) ? 'gone' : 'still-there';
    return await this.#done('shutdown', cycle, standing, startedAtMs, asked.ok ? undefined : asked.said);
  }

  /** @returns why the process is still there, where it is, and whether that is because not even SIGKILL ends it. */
  async #signal(cycle: number): Promise<{ readonly why: string; readonly isWedged: boolean }> {
    const process = await this.#host.observer.vmProcess(this.#commandWait());
    const foreign =
      process === null
        ? 'the process that stood in the pid file is gone'
        : this.#vm.isItsProcess(process.argv)
          ? undefined
          : `process ${process.pid} is not ${this.#vm.name}: its command line is "${process.argv.join(' ').slice(0, 200)}"`;
    if (process === null || foreign !== undefined) {
      for (const step of ['terminate', 'kill'] as const) await this.#skipped(step, cycle, foreign ?? '');
      return { why: foreign ?? '', isWedged: false };
    }
    for (const [step, signal] of [
      ['terminate', 'TERM'],
      ['kill', 'KILL'],
    ] as const) {
      if ((await this.#sendSignal(step, signal, process, cycle)) === 'gone') return { why: '', isWedged: false };
    }
    const stuck = await this.#ownStuckTasks();
    const where = stuck.length === 0 ? '' : `; ${stuckWords(stuck)}`;
    return { why: `its process ${process.pid} is there in spite of SIGKILL${where}`, isWedged: true };
  }

  async #sendSignal(step: StopStep, signal: 'TERM' | 'KILL', process: VmProcess, cycle: number): Promise<Standing> {
    const startedAtMs = await this.#intent(step, cycle, process.pid);
    let refusal: string | undefined;
    try {
      await this.#host.observer.signalVm(process, signal, this.#commandWait());
    } catch (error) {
      // It may have gone in this very moment, which the look tells.
      if (!(error instanceof ObserverRequestError)) throw error;
      refusal = error.reason;
    }
    // Its functions are reset as it goes, and a dead one takes its time for that.
    const isGone = await this.#untilGone(cycle, this.#plan.timeouts.vmKillMs);
    return await this.#done(step, cycle, isGone ? 'gone' : 'still-there', startedAtMs, refusal);
  }

  /** A manager cleans up after a VM that died without it; before that is over it would not start it anew. */
  async #managerKnows(step: StopStep, cycle: number): Promise<void> {
    const { clock, stop, journal } = this.#world;
    const startedAtMs = performance.now();
    while (performance.now() - startedAtMs < this.#plan.timeouts.vmKillMs) {
      const { state } = await this.#vm.status(this.#commandWait());
      if (state === 'stopped' || stop.aborted) return;
      await clock.sleep(askAgainMs);
    }
    const message = 'the manager has not noticed that its VM is gone';
    const durationMs = Math.round(performance.now() - startedAtMs);
    await journal.append({ t: 'stop-done', step, cycle, standing: 'gone', durationMs, message });
  }

  /** @param record `act`: the end of the act stands in the journal as such. */
  async #askManager(
    cycle: number,
    timeoutMs: number,
    act: (wait: Wait) => Promise<VmActResult>,
    record?: 'act',
  ): Promise<Asked> {
    const startedAtMs = performance.now();
    let result: Omit<VmActResult, 'alreadyUp'>;
    let hung = false;
    try {
      result = await this.#patiently(cycle, timeoutMs, act);
    } catch (error) {
      if (!(error instanceof DeadlineError) && !(error instanceof CommandTimeoutError)) throw error;
      hung = true;
      const durationMs = Math.round(performance.now() - startedAtMs);
      result = { ok: false, heldUp: false, exitCode: null, output: error.message, durationMs };
    }
    const { ok, heldUp, exitCode, durationMs, output } = result;
    if (record === 'act') {
      const said = output === '' ? {} : { output };
      await this.#world.journal.append({ t: 'act-done', act: 'vm-stop', cycle, ok, exitCode, durationMs, ...said });
    }
    return { ok, heldUp, hung, said: output === '' ? 'it gave no reason' : output };
  }

  /** Proxmox says "stopped" before its cleanup is through; the pid file goes with it. */
  async #untilGone(cycle: number, timeoutMs: number): Promise<boolean> {
    if (this.#isGone()) return true;
    await inTime(
      this.#patiently(cycle, timeoutMs, (wait) =>
        this.#host.observer.until(isVmGone, wait, `${this.#vm.name} to be gone from the host`),
      ),
    );
    return this.#isGone();
  }

  #isGone(): boolean {
    return isVmGone(this.#host.observer.state);
  }

  async #ownStuckTasks(): Promise<readonly StuckTask[]> {
    const stuck = await this.#host.observer.stuckTasks(this.#commandWait());
    return stuck.filter(({ pid }) => pid === this.#host.observer.state.vmPid);
  }

  async #patiently<T>(cycle: number, timeoutMs: number, body: (wait: Wait) => Promise<T>): Promise<T> {
    const { observer } = this.#host;
    const { wedgeMs } = this.#plan.timeouts;
    const what = { act: 'vm-stop', cycle, timeoutMs, waitedFor: `${this.#vm.name} to stop` } as const;
    return await patiently(body, what, { observer, journal: this.#world.journal, wedgeMs });
  }

  async #intent(step: StopStep, cycle: number, pid = this.#host.observer.state.vmPid ?? undefined): Promise<number> {
    await this.#world.journal.append(
      { t: 'stop-intent', step, cycle, ...(pid === undefined ? {} : { pid }) },
      { sync: true },
    );
    return performance.now();
  }

  async #done(
    step: StopStep,
    cycle: number,
    standing: Standing,
    startedAtMs: number,
    message?: string,
  ): Promise<Standing> {
    const durationMs = Math.round(performance.now() - startedAtMs);
    const said = message === undefined ? {} : { message };
    await this.#world.journal.append({ t: 'stop-done', step, cycle, standing, durationMs, ...said }, { sync: true });
    return standing;
  }

  async #skipped(step: StopStep, cycle: number, message: string): Promise<Standing> {
    return await this.#done(step, cycle, 'skipped', performance.now(), message);
  }

  #commandWait(): Wait {
    return { timeoutMs: this.#plan.timeouts.commandMs };
  }
}

function stuckWords(stuck: readonly StuckTask[]): string {
  const words = stuck.map(({ pid, command, where }) => `its task ${command} (${pid}) waits in ${where}`);
  return words.slice(0, 3).join(', ');
}
