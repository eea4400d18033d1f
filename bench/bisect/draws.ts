/** Random numbers that are a function of where they are asked for, so that every method meets the same faults. */
export function drawAt(seed: number, ...place: readonly number[]): number {
  let state = mixed(seed ^ 0x9e3779b9);
  for (const part of place) state = mixed(state ^ mixed(part + 0x7f4a7c15));
  return state / 4_294_967_296;
}

/** A stream of random numbers for one purpose. */
export function streamAt(seed: number, ...place: readonly number[]): () => number {
  const start = Math.floor(drawAt(seed, ...place) * 4_294_967_296);
  let count = 0;
  return () => mixed(start ^ mixed((count += 1))) / 4_294_967_296;
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
function mixed(value: number): number {
  let state = value | 0;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** A number from a beta distribution, by two gamma ones. */
export function betaDraw(random: () => number, a: number, b: number): number {
  const [x, y] = [gammaDraw(random, a), gammaDraw(random, b)];
  return x + y > 0 ? x / (x + y) : 0;
}

/** Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363. */
function gammaDraw(random: () => number, shape: number): number {
  if (shape < 1) return gammaDraw(random, shape + 1) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const cube = (1 + c * normal) ** 3;
    if (cube > 0 && Math.log(1 - random()) < normal ** 2 / 2 + d - d * cube + d * Math.log(cube)) return d * cube;
  }
}
