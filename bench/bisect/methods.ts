import { type Costs, defaultCosts } from '../../harness/bisect/costs.ts';
import { cyclesFor, cyclesWhereCellsDiffer, fixedK, halving, lowerRate, observedRate, stepsOf } from './fixed-k.ts';
import type { Method } from './method.ts';
import { ours } from './ours.ts';
import type { BootOutcome, SimulatedHost } from './simulated-host.ts';

/** What a method is told of costs that sees none in switches. */
const blind: Costs = { ...defaultCosts, kernelBootMs: 1, rebootAfterLossMs: 1, flash: { by: 'command', flashMs: 1 } };

/** In worlds whose bad cells differ: the least part of the rate that one has. */
export const leastPart = 0.3;

/** The methods that are compared. All but the oracle know of the rate only what the soak before showed. */
export const comeback: Method = ours('comeback', defaultCosts);
export const costBlind: Method = ours('bits per cycle, blind to costs', blind);
export const oracle: Method = fixedK('fixed k, true rate (oracle)', (host) => cyclesFor(host, host.world.kind.rate));
/** What an oracle needs that is to be right in worlds that do not fit, too: the fair measure for a method that must. */
export const safeOracle: Method = fixedK('fixed k, true rate, safe where cells differ', (host) =>
  cyclesWhereCellsDiffer(host, host.world.kind.rate, leastPart),
);
export const fromObserved: Method = fixedK('fixed k, observed rate', (host, soak) =>
  cyclesFor(host, observedRate(soak)),
);
export const fromLower: Method = fixedK('fixed k, 90 % lower bound', (host, soak) =>
  cyclesFor(host, lowerRate(soak, 0.9)),
);
const constant = (cycles: number): Method => fixedK(`fixed k = ${cycles}`, () => cycles);

/** The rule of syzkaller's pkg/bisect: 20 runs; bad from max(2, a sixth) on, good where none failed, else not to be told. */
const syzkaller: Method = {
  name: "syzkaller's rule",
  run: (host) =>
    halving(host, (cell) => {
      const lost = lossesIn(host, cell, 20, 3);
      if (lost === undefined) return 'skip';
      return lost >= 3 ? 'bad' : lost === 0 ? 'good' : 'skip';
    }),
};

/** LISA's sizing: the iterations of a step from the worst rate that the soak allows, and all of them are run. */
const lisa: Method = {
  name: "LISA's sizing",
  run: (host, soak) => {
    const cycles = lisaCycles(host, soak);
    return halving(host, (cell) => {
      const lost = lossesIn(host, cell, cycles, Infinity);
      return lost === undefined ? 'skip' : lost > 0 ? 'bad' : 'good';
    });
  },
};

function lisaCycles(host: SimulatedHost, soak: readonly BootOutcome[]): number {
  const risk = 1 - 0.95 ** (1 / stepsOf(host));
  return Math.max(1, Math.ceil(Math.log(risk) / Math.log1p(-lowerRate(soak, 0.95))));
}

/** Losses in so many cycles, with a reboot after each. */
function lossesIn(host: SimulatedHost, cell: number, cycles: number, enough: number): number | undefined {
  let lost = 0;
  for (let left = cycles; left > 0 && lost < enough;) {
    const seen = host.visit(cell, left, false);
    if (seen === undefined) return undefined;
    left -= seen.survived + (seen.lost ? 1 : 0);
    if (seen.lost) lost += 1;
  }
  return lost;
}

export const allMethods: readonly Method[] = [
  comeback,
  oracle,
  safeOracle,
  fromLower,
  fromObserved,
  costBlind,
  lisa,
  syzkaller,
  constant(1),
  constant(3),
  constant(10),
];

/** Those that the gates of the issue speak of. */
export const rivals: readonly Method[] = [comeback, oracle, safeOracle, fromLower];
