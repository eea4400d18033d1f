import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cell } from '../bisect/space.ts';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import { BisectLog, type VisitDecided, type VisitOver } from './bisect-log.ts';
import { type DriveWorld, driveBisect } from './drive.ts';

/** What a SIGKILL is to the code that it befalls. */
class Killed extends Error {}

/** Which cells lose usb, and which do not boot. */
interface World {
  readonly firstBad: number;
  readonly rate: number;
  readonly dead: number | undefined;
  readonly seed: number;
}

const kernels = ['1', '2', '3', '4', '5', '6'];
const started: Extract<JournalEventBody, { t: 'bisect-started' }> = {
  ...{ t: 'bisect-started', comeback: '0', bisect: 'b', host: 'h', roles: ['usb'] },
  kernels: kernels.map((name) => ({ name, release: name })),
  biosVersions: [null],
  flags: [],
  ...{ isFix: false, confidence: 0.95, rateFloor: 0.2 },
  costs: {
    ...{ cycleMs: 60_000, kernelBootMs: 180_000, rebootAfterLossMs: 180_000 },
    flash: { by: 'command', flashMs: 900_000 },
  },
};

/** A disk and a lab, which outlive whoever drives them. The nth cycle in a cell comes out the same, whoever runs it. */
class Lab {
  readonly journal: JournalEvent[] = [];
  readonly #runs = new Map<string, { done: number; survived: number; lost: boolean; boot: string; isDead: boolean }>();
  readonly #cyclesIn = new Map<number, number>();
  readonly #world: World;
  #names = 0;

  constructor(world: World) {
    this.#world = world;
  }

  newRun = (): string => `run-${++this.#names}`;

  /** @param step is called before each cycle; what it throws ends all. */
  cycles(visit: VisitDecided, step: () => void): void {
    const isDead = visit.cell.kernel === this.#world.dead;
    const run = this.#runs.get(visit.run) ?? {
      done: 0,
      survived: 0,
      lost: false,
      boot: `boot of ${visit.run}`,
      isDead,
    };
    this.#runs.set(visit.run, run);
    step();
    while (!isDead && run.done < visit.toCycle && !run.lost) {
      run.done += 1;
      if (this.#isLost(visit.cell)) run.lost = true;
      else run.survived += 1;
      step();
    }
  }

  read(visit: VisitDecided): Omit<VisitOver, 'n' | 'at'> | undefined {
    const run = this.#runs.get(visit.run);
    if (run === undefined || (!run.isDead && run.done < visit.toCycle && !run.lost)) return undefined;
    const survived = run.done - visit.fromCycle - (run.lost ? 1 : 0);
    return {
      ...{ t: 'visit-over', visit: visit.visit, lastCycle: run.done, took: [] },
      ...(run.isDead
        ? { boots: [], failure: { kind: 'boot', message: 'dead' } }
        : {
            boots: [{ boot: run.boot, roles: { usb: { survived, lost: run.lost } } }],
            leftIn: { boot: run.boot, isLost: run.lost },
          }),
    };
  }

  #isLost({ kernel }: Cell): boolean {
    const { firstBad, rate, seed } = this.#world;
    const nth = (this.#cyclesIn.get(kernel) ?? 0) + 1;
    this.#cyclesIn.set(kernel, nth);
    // Any numbers that look like chance, the same for the same cycle.
    const draw = Math.abs(Math.sin(seed * 12.9898 + kernel * 78.233 + nth * 37.719) * 43_758.5453) % 1;
    return kernel >= firstBad && draw < rate;
  }
}

/** Drives it to the end, with a new driver after each kill. @param kills how many steps each of the first drivers lives. */
async function drivenTo(world: World, kills: readonly number[]): Promise<{ lab: Lab; log: BisectLog }> {
  const lab = new Lab(world);
  const left = [...kills];
  for (;;) {
    let life = left.shift() ?? Infinity;
    const step = (): void => {
      if (--life < 0) throw new Killed();
    };
    const write = (body: JournalEventBody): Promise<JournalEvent> => {
      step();
      const event = { ...body, n: lab.journal.length + 1, at: 0 };
      lab.journal.push(event);
      // On the disk, and whoever wrote it may not live to know.
      step();
      return Promise.resolve(event);
    };
    try {
      if (lab.journal.length === 0) await write(started);
      const log = logOf(lab.journal);
      await driveBisect(log, worldOf(lab, step, write));
      return { lab, log };
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

function worldOf(lab: Lab, step: () => void, writeDown: DriveWorld['writeDown']): DriveWorld {
  return {
    clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
    stop: new AbortController().signal,
    limits: {},
    writeDown,
    newRun: lab.newRun,
    run: async (visit) => {
      await Promise.resolve();
      lab.cycles(visit, step);
    },
    read: (visit) => Promise.resolve(lab.read(visit)),
    build: () => Promise.reject(new Error('nothing is built here')),
    onDecision: () => undefined,
    say: () => undefined,
  };
}

function logOf(events: readonly JournalEvent[]): BisectLog {
  const [first, ...others] = events;
  if (first?.t !== 'bisect-started') throw new Error('no bisect');
  const log = new BisectLog(first);
  for (const event of others) log.push(event);
  return log;
}

/** What was decided and seen, without what names and numbers it. */
const storyOf = ({ journal }: Lab): unknown[] =>
  journal.flatMap((event): unknown[] => {
    if (event.t === 'visit-decided')
      return [[event.visit, event.cell.kernel, event.fromCycle, event.toCycle, event.switch]];
    if (event.t !== 'visit-over') return [];
    return [[event.visit, event.boots.map(({ roles }) => roles), event.failure?.kind]];
  });

const worlds = fc.record({
  firstBad: fc.integer({ min: 0, max: kernels.length }),
  rate: fc.constantFrom(1, 0.5),
  dead: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  seed: fc.nat(1000),
});

it('decides and sees the same, wherever it is killed and however often', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, fc.array(fc.nat(25), { maxLength: 6 }), async (world, kills) => {
      const whole = await drivenTo(world, []);
      const killed = await drivenTo(world, kills);
      expect(storyOf(killed.lab)).toEqual(storyOf(whole.lab));
      expect(killed.log.bisector.verdict()).toEqual(whole.log.bisector.verdict());
      expect(whole.log.end?.reason).toBe('verdict');
    }),
    { numRuns: 40 },
  );
});

it('an event that is told twice is counted once', async () => {
  const { lab } = await drivenTo({ firstBad: 3, rate: 1, dead: undefined, seed: 1 }, []);
  const twice = lab.journal.flatMap((event): JournalEvent[] => (event.t === 'visit-over' ? [event, event] : [event]));
  expect(logOf(twice).bisector.posterior()).toEqual(logOf(lab.journal).bisector.posterior());
});
