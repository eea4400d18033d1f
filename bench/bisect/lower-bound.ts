/**
 * Minutes that no method can do without, on average, where the rate is known: bits to be learned by the most bits that a visit can bring in a minute
 * (Fano's inequality with feedback; BISECT notes, 1.1 and 1.2). A visit is a switch and up to m cycles, ended by a loss.
 */
export function lowerBoundMinutes(
  candidates: number,
  rate: number,
  cycleMinutes: number,
  switchMinutes: number,
): number {
  const error = 0.05;
  const bits = Math.log2(candidates) - entropy(error) - error * Math.log2(candidates - 1);
  let best = 0;
  for (let cycles = 1; cycles <= 20 / rate; cycles = Math.ceil(cycles * 1.1)) {
    const detected = 1 - (1 - rate) ** cycles;
    for (let bad = 0.02; bad < 1; bad += 0.02) {
      const told = entropy(bad * detected) - bad * entropy(detected);
      const length = (bad * detected) / rate + (1 - bad) * cycles;
      best = Math.max(best, told / (switchMinutes + length * cycleMinutes));
    }
  }
  return bits / best;
}

function entropy(chance: number): number {
  return chance <= 0 || chance >= 1 ? 0 : -chance * Math.log2(chance) - (1 - chance) * Math.log2(1 - chance);
}
