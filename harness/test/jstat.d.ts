/** What the tests take from jstat, which brings no types: statistics by other hands than ours. */
declare module 'jstat' {
  interface Distribution {
    readonly inv: (probability: number, ...parameters: number[]) => number;
    readonly cdf: (x: number, ...parameters: number[]) => number;
  }
  const jstat: {
    readonly beta: Distribution;
    readonly chisquare: Distribution;
    readonly normal: Distribution;
    readonly gammaln: (x: number) => number;
    readonly betaln: (a: number, b: number) => number;
    readonly ibeta: (x: number, a: number, b: number) => number;
    readonly lowRegGamma: (a: number, x: number) => number;
  };
  export default jstat;
}
