import { ComebackError } from '../errors.ts';
import type { LabHost } from '../host/lab-host.ts';
import { type Cell, rungNames } from '../journal/events.ts';
import { shortAddress } from '../pci/address.ts';
import type { HealthByFunction } from '../pci/health.ts';
import { Bench } from './bench.ts';
import { cellHost, rebootIntoCell } from './cell-boot.ts';
import { firstHost, hostReturn, powerCycled } from './host-return.ts';
import { isLabLoss } from './lab-loss.ts';
import { OwnVm } from './own-vm.ts';
import type { RecoveryPolicy, SoakPlan, SoakWorld } from './plan.ts';
import { type Climb, climb } from './ladder/climb.ts';

/** A lab that is lost this often in a row is broken; going on would only fill the journal. */
const maxLossesInARow = 3;

/** The host rebooted in the middle of a run and came up as something else; cycles of two cells are no run. */
export class CellChangedError extends ComebackError {
  override readonly code = 'CELL_CHANGED';
  override readonly kind = 'safety';

  constructor(host: string, was: Cell, is: Cell) {
    super(
      `${host} came back as another cell: Linux ${is.kernel} on BIOS ${is.bios} with "${is.commandLine}", it was Linux ` +
        `${was.kernel} on BIOS ${was.bios} with "${was.commandLine}". Name the cell (--kernel, --cmdline), so that every reboot leads into it.`,
    );
  }
}

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
  /** Why the stop rule ends the run. */
  #stopped: string | undefined;

  constructor(plan: SoakPlan, world: SoakWorld) {
    this.#plan = plan;
    this.#world = world;
  }

  /** The bench in use; undefined while the lab is lost. */
  get bench(): Bench | undefined {
    return this.#bench;
  }

  /** @returns why the plan's stop rule ended the run before its last cycle; undefined where it did not. */
  async run(): Promise<string | undefined> {
    const { journal, stop } = this.#world;
    await this.#begin();
    for (let cycle = 1; cycle <= this.#plan.cycles && !stop.aborted;) {
      if (this.#stopped !== undefined) return this.#stopped;
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
    return this.#stopped;
  }

  async #begin(): Promise<void> {
    const plan = this.#plan;
    const host = await cellHost(plan, this.#world, await firstHost(plan, this.#world), undefined);
    this.#bench = await Bench.setUp(plan, this.#world, host, this.own);
    this.#cell = this.#bench.cell;
    this.#baseline = this.#bench.baseline ?? this.#baseline;
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

  async #recover(cycle: number): Promise<void> {
    if (this.#bench === undefined) return;
    const plan = this.#plan;
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
    // A VM of ours that could not be stopped over a new connection either holds a task that nothing but a reset of the host ends.
    const isWedged = loss !== undefined && loss.timesInARow > 1 && this.own.cycle !== undefined;
    const wedge = isWedged ? `its VM cannot be stopped. ${loss.error.message}` : undefined;
    const host = await hostReturn(this.#plan, this.#world, this.#consoleMark, wedge);
    const bootId = loss?.bootId;
    this.#bench = await this.#setUpAgain(await cellHost(this.#plan, this.#world, host, bootId), bootId);
  }

  async #setUpAgain(host: LabHost, bootIdBefore: string | undefined): Promise<Bench> {
    const bench = await Bench.setUp(this.#plan, this.#world, host, this.own, bootIdBefore);
    const { cell } = bench;
    if (this.#cell === undefined || cell === undefined || isSame(this.#cell, cell)) return bench;
    await bench[Symbol.asyncDispose]();
    throw new CellChangedError(this.#plan.host, this.#cell, cell);
  }

  /**
   * Takes a step that the lab may not survive.
   *
   * @returns false where the lab was lost in it, which is in the journal then.
   * @throws what is no loss of the lab, and the loss that is one too many.
   */
  async #mended(step: () => Promise<void>, onLoss?: () => Promise<void>): Promise<boolean> {
    const { journal, stop } = this.#world;
    try {
      await step();
      return true;
    } catch (error) {
      if (!isLabLoss(error)) throw error;
      await journal.append({ t: 'lab-lost', code: error.code, message: error.message }, { sync: true });
      await onLoss?.();
      const bootId = this.#bench?.bootId ?? this.#loss?.bootId;
      this.#loss = { bootId, timesInARow: (this.#loss?.timesInARow ?? 0) + 1, error };
      if (this.#loss.timesInARow >= maxLossesInARow || stop.aborted) throw error;
      await this.#bench?.[Symbol.asyncDispose]();
      this.#bench = undefined;
      return false;
    }
  }
}

function stopWords({ stopAt }: RecoveryPolicy, { won, stillLost }: Climb): string | undefined {
  if (stopAt === undefined) return undefined;
  if (stillLost.length > 0) return `${stillLost.map(shortAddress).join(', ')} could not be brought back`;
  const isReached = stopAt !== 'still-lost' && won !== undefined && rungNames.indexOf(won) >= rungNames.indexOf(stopAt);
  return isReached ? `it took ${won} to bring functions back, and the run ends at ${stopAt}` : undefined;
}

/** The path in BOOT_IMAGE is the loader's way to the kernel: an entry of ours and the default one may name the same file differently. */
function isSame(one: Cell, other: Cell): boolean {
  const words = ({ commandLine }: Cell): string => commandLine.replace(/^BOOT_IMAGE=\S+ /, '');
  return one.kernel === other.kernel && one.bios === other.bios && words(one) === words(other);
}
