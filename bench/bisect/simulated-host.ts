import type { Costs } from '../../harness/bisect/costs.ts';
import type { World } from './world.ts';

/** What a method has used. */
export interface Spent {
  ms: number;
  cycles: number;
  /** Boots into another kernel, with the BIOS that was there. */
  switches: number;
  flashes: number;
  reboots: number;
}

/** Cycles of one boot. */
export interface BootOutcome {
  readonly boot: string;
  readonly survived: number;
  readonly lost: boolean;
}

/** A host in a world: it keeps time, and shows the faults of the world. Losses last until the next boot. */
export class SimulatedHost {
  readonly world: World;
  readonly spent: Spent = { ms: 0, cycles: 0, switches: 0, flashes: 0, reboots: 0 };
  private readonly costs: Costs;
  private readonly bootsOf = new Map<number, number>();
  private cell: number;
  private cycle = 0;
  private rate: number;
  private isLost = true;

  /** It begins in the bad corner with a lost device, as a soak leaves it that saw the fault. */
  constructor(world: World, costs: Costs) {
    this.world = world;
    this.costs = costs;
    this.cell = world.grid.indexOf(world.grid.badCorner);
    this.rate = 0;
  }

  get at(): { cell: number; boot: string; needsBoot: boolean } {
    return { cell: this.cell, boot: this.bootName, needsBoot: this.isLost };
  }

  /** Boots in the bad corner until so many losses; it takes no time, for it is the soak that made somebody bisect. */
  calibrate(losses: number, mostCycles: number): BootOutcome[] {
    const before = { ...this.spent };
    const outcomes: BootOutcome[] = [];
    const cell = this.cell;
    while (outcomes.filter(({ lost }) => lost).length < losses && this.spent.cycles < mostCycles) {
      this.boot(cell);
      const boot = this.run(cyclesOfASoakBoot);
      outcomes.push(boot);
    }
    Object.assign(this.spent, before);
    return outcomes;
  }

  /** Goes to the cell and runs up to so many cycles, to the first loss. Undefined where it cannot boot. */
  visit(cell: number, cycles: number, freshBoot: boolean): BootOutcome | undefined {
    if (cell !== this.cell || this.isLost || freshBoot) {
      this.pay(cell);
      if (this.world.isUntestable(cell)) {
        // Back to what boots.
        this.isLost = true;
        return undefined;
      }
      this.boot(cell);
    }
    return this.run(cycles);
  }

  private pay(cell: number): void {
    const { grid } = this.world;
    const { kernelBootMs, rebootAfterLossMs, flash } = this.costs;
    const isFlash = grid.cellAt(cell).bios !== grid.cellAt(this.cell).bios;
    this.spent.ms += isFlash ? flash.flashMs : cell === this.cell ? rebootAfterLossMs : kernelBootMs;
    if (isFlash) this.spent.flashes += 1;
    else if (cell !== this.cell) this.spent.switches += 1;
    this.spent.reboots += 1;
  }

  private boot(cell: number): void {
    const boot = (this.bootsOf.get(cell) ?? 0) + 1;
    this.bootsOf.set(cell, boot);
    this.cell = cell;
    this.cycle = 0;
    this.isLost = false;
    this.rate = this.world.rateIn(cell, boot);
  }

  private run(cycles: number): BootOutcome {
    const boot = this.bootsOf.get(this.cell) ?? 0;
    let survived = 0;
    while (survived < cycles && !this.isLost) {
      this.isLost = this.world.fails(this.cell, boot, (this.cycle += 1), this.rate);
      if (!this.isLost) survived += 1;
    }
    const ran = survived + (this.isLost ? 1 : 0);
    this.spent.cycles += ran;
    this.spent.ms += ran * this.costs.cycleMs;
    return { boot: this.bootName, survived, lost: this.isLost };
  }

  private get bootName(): string {
    return `${this.cell}/${this.bootsOf.get(this.cell) ?? 0}`;
  }
}

/** A soak is not left in one boot for ever. */
const cyclesOfASoakBoot = 50;
