/**
 * The few special functions that the statistics need, in double precision. Packages were weighed: @stdlib's log-gamma alone brings 165
 * packages and a tenth of a second to every start of the command, for what is a page here. The tests hold each function against
 * exact sums of whole numbers and against jstat.
 */

/** Coefficients of Stirling's series, B(2k) / (2k (2k-1)): https://dlmf.nist.gov/5.11#E1. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];
/** From here on the first term that is left out, 3617/122400 / x^15, is below 1e-16. */
const stirlingFrom = 10;

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  // Γ(x+1) = x Γ(x) lifts a small argument to where the series holds.
  let lift = 1;
  let at = x;
  for (; at < stirlingFrom; at += 1) lift *= at;
  const series = stirling.reduceRight((sum, coefficient) => sum / (at * at) + coefficient, 0) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(lift);
}

/** ln B(a, b). */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln of "n choose k". */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/**
 * Regularised incomplete beta function I_x(a, b): the probability that a Beta(a, b) variable is at most x. By the continued fraction
 * https://dlmf.nist.gov/8.17#E22, on the side of the mean on which it converges fast.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b));
  return x < (a + 1) / (a + b + 2) ? (front / a) * betaFraction(x, a, b) : 1 - (front / b) * betaFraction(1 - x, b, a);
}

function betaFraction(x: number, a: number, b: number): number {
  return continuedFraction((n) => {
    if (n === 0) return [1, 1];
    const m = Math.floor(n / 2);
    const numerator =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    return [numerator, 1];
  });
}

/**
 * Regularised lower incomplete gamma function P(a, x): the probability that a Gamma(a, 1) variable is at most x. By its series
 * https://dlmf.nist.gov/8.11#E4 below the mean, by the continued fraction https://dlmf.nist.gov/8.9#E2 above it.
 */
export function incompleteGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * Number.EPSILON; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return front * sum;
  }
  return 1 - front * continuedFraction((n) => [n === 0 ? 1 : n * (a - n), x - a + 1 + 2 * n]);
}

/** Stands for a zero that would be divided by. */
const tiny = 1e-300;

/**
 * a0/(b0 + a1/(b1 + a2/(b2 + …))) by the modified Lentz method: Thompson and Barnett, J. Comput. Phys. 64 (1986) 490. The fractions here
 * take about as many terms as the root of their largest argument.
 *
 * @param term gives [a_n, b_n].
 */
function continuedFraction(term: (n: number) => readonly [number, number]): number {
  let value = tiny;
  let c = tiny;
  let d = 0;
  for (let n = 0; ; n += 1) {
    const [a, b] = term(n);
    d = 1 / notZero(b + a * d);
    c = notZero(b + a / c);
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < 4 * Number.EPSILON) return value;
  }
}

function notZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
