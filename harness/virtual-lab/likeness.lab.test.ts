import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabBench } from '../test/lab-bench.ts';
import { soakLab } from '../test/lab-soak.ts';
import { likenessOf, type RunLikeness } from '../test/likeness.ts';
import { likenessOnTwin, likenessPlan, likenessScript } from '../test/likeness-script.ts';
import { loadFaultRules } from './faults/load.ts';

let lab: LabBench;
beforeAll(async () => {
  lab = await LabBench.boot('test-likeness', undefined, { faults: await loadFaultRules(likenessScript) });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

describe('a twin and a virtual lab on which the same befalls', () => {
  let onLab: RunLikeness;
  let onTwin: RunLikeness;
  beforeAll(async () => {
    onLab = likenessOf(await soakLab(lab, likenessPlan));
    onTwin = likenessOf(await likenessOnTwin());
  });

  it('come to the same verdicts and rungs', () => {
    const verdicts = ({ outcome, cycles }: RunLikeness) => [
      outcome,
      ...cycles.map((one) => [one.outcome, ...one.functions]),
    ];
    expect(verdicts(onTwin)).toEqual(verdicts(onLab));
  });

  it('have the kernel say the same against functions', () => {
    expect(onTwin.cycles.map(({ kernel }) => kernel)).toEqual(onLab.cycles.map(({ kernel }) => kernel));
  });

  it('write the same kinds of event in the same order', () => {
    const journal = ({ opening, cycles }: RunLikeness) => [opening, ...cycles.map((one) => one.journal)];
    expect(journal(onTwin)).toEqual(journal(onLab));
  });
});
