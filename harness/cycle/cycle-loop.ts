import type { ComebackError } from '../errors.ts';
import type { LabHost } from '../host/lab-host.ts';
import { type Cell, rungNames } from '../journal/events.ts';
import { LabTakenOverError } from '../observer/errors.ts';
import { shortAddress } from '../pci/address.ts';
import type { HealthByFunction } from '../pci/health.ts';
import { Bench } from './bench.ts';
import { cellHost, rebootIntoCell } from './cell-boot.ts';
import { CellChangedError, isSameCell } from './cell-change.ts';
import { firstHost, hostReturn, powerCycled } from './host-return.ts';
import { endsRun, isLabLoss, isSilence } from './lab-loss.ts';
import { OwnVm } from './own-vm.ts';
import type { RecoveryPolicy, SoakPlan, SoakWorld } from './plan.ts';
import { type Climb, climb } from './ladder/climb.ts';
import type { ResumePoint } from './resume-point.ts';
import type { StopRuling } from './stop-rules.ts';
import { stopByPower } from './stop-by-power.ts';
import { VmWontStopError } from './vm-wont-stop.ts';

/** A lab that is lost this often in a row is broken; going on would only fill the journal. */
const maxLossesInARow = 3;
/** Rest after the second loss in a row. */
const lossPauseMs = 3_000;

interface Loss {
  /** The boot in which the host was lost; undefined where it was never had. */
  readonly bootId: string | undefined;
  readonly timesInARow: number;
  readonly error: ComebackError;
}

/** The cycles of one run, through every loss of the lab that can be mended. */
export class CycleLoop {
  readonly #plan: SoakPlan;
  readonly #world: SoakWorld;
  /** What may have to be stopped at the end, whatever happens. */
  readonly own = new OwnVm();
  #bench: Bench | undefined;
  #loss: Loss | undefined;
  #consoleMark = 0;
  /** Nothing was done on the host since the end of the last cycle. */
  #isFollowing = false;
  #cell: Cell | undefined;
  #baseline: HealthByFunction = new Map();
  readonly #stopRuling: StopRuling;
  /** Why a rule of the plan ends the run. */
  #stopped: string | undefined;

  /** @param stopRuling is asked between cycles whether the run is to end. */
  constructor(plan: SoakPlan, world: SoakWorld, stopRuling: StopRuling) {
    this.#plan = plan;
    this.#world = world;
    this.#stopRuling = stopRuling;
  }

  /** The bench in use; undefined while the lab is lost. */
  get bench(): Bench | undefined {
    return this.#bench;
  }

  /** @returns which rule of the plan ended the run; undefined where it was only the number of its cycles. */
  async run(): Promise<string | undefined> {
    const { journal, stop } = this.#world;
    await this.#begin();
    for (
      let cycle = (this.#world.past?.point.lastCycle ?? 0) + 1;
      cycle <= (this.#plan.cycles ?? Infinity) && !stop.aborted;
    ) {
      this.#stopped ??= this.#stopRuling();
      if (this.#stopped !== undefined) return this.#stopped;
      await this.#world.requireRoom?.();
      if (!(await this.#mended(() => this.#comeBack()))) continue;
      const isComplete = await this.#mended(
        () => this.#runCycle(cycle),
        async () => {
          await journal.append({ t: 'cycle-finished', cycle, complete: false }, { sync: true });
        },
      );
      const over = cycle++;
      if (isComplete) await this.#mended(() => this.#recover(over));
    }
    // A VM that only a cut of the power ends is not left to whoever comes next.
    if (this.#loss?.error instanceof VmWontStopError && !stop.aborted) await this.#mended(() => this.#comeBack());
    return this.#stopped ?? (stop.aborted ? undefined : this.#stopRuling());
  }

  async #begin(): Promise<void> {
    const plan = this.#plan;
    const point = this.#world.past?.point;
    if (point?.ownVmCycle !== undefined) this.own.startIntended(point.ownVmCycle);
    this.#cell = point?.cell;
    const host = await cellHost(plan, this.#world, await firstHost(plan, this.#world), point?.bootId);
    const bench = await this.#firstBench(host, point?.bootId);
    this.#bench = bench;
    this.#cell ??= bench.cell;
    this.#baseline = bench.baseline ?? point?.baseline ?? this.#baseline;
    if (point !== undefined) await this.#goOn(point, bench);
  }

  /**
   * The bench before the first cycle. A run of a cell may reboot its host, and often nobody is there: a host that is lost while it is looked at
   * is brought back. One that is taken as it is stays as it is.
   */
  async #firstBench(host: LabHost, bootIdBefore: string | undefined): Promise<Bench> {
    if (this.#plan.cell === undefined) return await this.#setUpAgain(host, bootIdBefore);
    for (let had = host; ; had = await this.#hostAgain(bootIdBefore)) {
      this.#consoleMark = this.#world.console?.mark ?? 0;
      const mended = await this.#mended(() => this.#setUpAgain(had, bootIdBefore));
      if (mended !== undefined) return mended.result;
    }
  }

  /** The host in its cell once more, after it was lost before it was set up. */
  async #hostAgain(bootIdBefore: string | undefined): Promise<LabHost> {
    const host = await hostReturn(this.#plan, this.#world, this.#consoleMark, undefined);
    const { bootId } = host.observer.hello;
    if (bootIdBefore === undefined) await this.#world.journal.append({ t: 'lab-back', bootId }, { sync: true });
    return await cellHost(this.#plan, this.#world, host, bootIdBefore);
  }

  /** What was left half done by the session before, as the host shows it; and the rest of the ladder, where it was on it. */
  async #goOn(point: ResumePoint, { bootId, hands, leftover }: Bench): Promise<void> {
    if (point.lastCycle === 0) return;
    const isSameBoot = bootId === point.bootId;
    await this.#world.journal.append(
      { t: 'settled', cycle: point.lastCycle, vm: leftover, isSameBoot },
      { sync: true },
    );
    const { rungs } = this.#plan.recovery;
    const left = rungs.slice(point.lastRung === undefined ? 0 : rungs.indexOf(point.lastRung) + 1);
    if (!isSameBoot || left.length === 0) return;
    await this.#mended(async () => {
      await hands.lookAt('recovery', point.lastCycle);
      await this.#recover(point.lastCycle, left);
    });
  }

  async #runCycle(cycle: number): Promise<void> {
    this.#consoleMark = this.#world.console?.mark ?? 0;
    const bench = this.#bench;
    const isFollowing = this.#isFollowing;
    this.#isFollowing = false;
    await bench?.resets.begin(cycle, isFollowing);
    await bench?.hands.run(cycle, () => bench.resets.end());
    await bench?.kernel.flush();
    this.#loss = undefined;
  }

  async #recover(cycle: number, rungs = this.#plan.recovery.rungs): Promise<void> {
    if (this.#bench === undefined) return;
    const plan = { ...this.#plan, recovery: { ...this.#plan.recovery, rungs } };
    const world = this.#world;
    const end = await climb(plan, world, cycle, this.#bench, this.#baseline, {
      'host-reboot': async (old) => {
        const host = await rebootIntoCell(plan, world, await old.release());
        return await this.#setUpAgain(host, old.bootId);
      },
      'power-cycle':
        world.power === undefined
          ? undefined
          : async (old) => {
              const host = await powerCycled(plan, world, await old.release());
              return await this.#setUpAgain(await cellHost(plan, world, host, old.bootId), old.bootId);
            },
    });
    this.#bench = end.bench;
    this.#isFollowing = !end.hasActed;
    this.#stopped = stopWords(plan.recovery, end);
  }

  async #comeBack(): Promise<void> {
    if (this.#bench !== undefined) return;
    const loss = this.#loss;
    // A network that comes and goes is given time to settle, longer each time.
    const pauseMs = ((loss?.timesInARow ?? 1) - 1) * lossPauseMs;
    if (pauseMs > 0) await this.#world.clock.sleep(pauseMs * (0.5 + Math.random() / 2), this.#world.stop);
    // A host that answers again and again without stopping a VM of ours is hung in all but name. A network that comes and goes is not.
    const isHung = loss !== undefined && loss.timesInARow > 1 && this.own.cycle !== undefined && isSilence(loss.error);
    const wedge = isHung ? `its VM cannot be stopped. ${loss.error.message}` : undefined;
    const host =
      loss?.error instanceof VmWontStopError
        ? await stopByPower(this.#plan, this.#world, this.#consoleMark, loss.error)
        : await hostReturn(this.#plan, this.#world, this.#consoleMark, wedge);
    await this.#requirePeace(host);
    const bootId = loss?.bootId;
    this.#bench = await this.#setUpAgain(await cellHost(this.#plan, this.#world, host, bootId), bootId);
  }

  /** A host that keeps rebooting by itself is left alone. @throws RebootBudgetError */
  async #requirePeace(host: LabHost): Promise<void> {
    const { budget, clock, journal } = this.#world;
    const { bootId } = host.observer.hello;
    // The VM went with its boot.
    if (bootId !== this.#loss?.bootId) this.own.isDown();
    try {
      budget?.requirePeace(bootId, clock.nowMs());
    } catch (error) {
      await host[Symbol.asyncDispose]();
      // Whoever counts later must find it.
      await journal.append({ t: 'lab-back', bootId }, { sync: true });
      throw error;
    }
  }

  async #setUpAgain(host: LabHost, bootIdBefore: string | undefined): Promise<Bench> {
    const bench = await Bench.setUp(this.#plan, this.#world, host, this.own, bootIdBefore);
    const { cell } = bench;
    if (this.#cell === undefined || cell === undefined || isSameCell(this.#cell, cell)) return bench;
    await bench[Symbol.asyncDispose]();
    throw new CellChangedError(this.#plan.host, this.#cell, cell);
  }

  /**
   * Takes a step that the lab may not survive.
   *
   * @returns undefined where the lab was lost in it, which is in the journal then.
   * @throws what is no loss of the lab, and the loss that is one too many.
   */
  async #mended<T>(step: () => Promise<T>, onLoss?: () => Promise<void>): Promise<{ readonly result: T } | undefined> {
    const { journal, stop } = this.#world;
    try {
      return { result: await step() };
    } catch (error) {
      if (!isLabLoss(error)) throw error;
      await journal.append({ t: 'lab-lost', code: error.code, message: error.message }, { sync: true });
      // The VM is that of whoever has the lab now.
      if (error instanceof LabTakenOverError) this.own.isDown();
      await onLoss?.();
      const bootId = this.#bench?.bootId ?? this.#loss?.bootId;
      this.#loss = { bootId, timesInARow: (this.#loss?.timesInARow ?? 0) + 1, error };
      if (this.#loss.timesInARow >= maxLossesInARow || endsRun(error) || stop.aborted) throw error;
      await this.#bench?.[Symbol.asyncDispose]();
      this.#bench = undefined;
      return undefined;
    }
  }
}

function stopWords({ stopAt }: RecoveryPolicy, { won, stillLost }: Climb): string | undefined {
  if (stopAt === undefined) return undefined;
  if (stillLost.length > 0) return `${stillLost.map(shortAddress).join(', ')} could not be brought back`;
  const isReached = stopAt !== 'still-lost' && won !== undefined && rungNames.indexOf(won) >= rungNames.indexOf(stopAt);
  return isReached ? `it took ${won} to bring functions back, and the run ends at ${stopAt}` : undefined;
}
