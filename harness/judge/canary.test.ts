import { describe, expect, it } from 'vitest';
import { type Symptom, symptoms } from '../pci/symptoms.ts';
import { runCanary } from './canary.ts';
import { RunJudge } from './run-judge.ts';
import type { CycleJudgement } from './verdict.ts';

/** A judge whose verdicts went through other hands. */
function judgeThat(spoils: (judgement: CycleJudgement) => CycleJudgement): () => Pick<RunJudge, 'push'> {
  return () => {
    const judge = new RunJudge();
    return {
      push: (event) => {
        const judgement = judge.push(event);
        return judgement === undefined ? undefined : spoils(judgement);
      },
    };
  };
}

const blindTo =
  (blind: Symptom) =>
  (judgement: CycleJudgement): CycleJudgement => ({
    ...judgement,
    functions: judgement.functions.map((verdict) => ({
      ...verdict,
      departures: verdict.departures.filter(({ symptom }) => symptom !== blind),
    })),
  });

describe('the canary', () => {
  it('finds every symptom noticed by the judge as it is', () =>
    expect(runCanary()).toEqual({ checked: symptoms.length, silent: [] }));

  it.each(symptoms)('names %s where the judge is blind to it', (symptom) =>
    expect(runCanary(judgeThat(blindTo(symptom))).silent).toEqual([symptom]),
  );

  it('is not content with a judge that accuses everybody', () => {
    const accuser = judgeThat((judgement) => ({
      ...judgement,
      functions: judgement.functions.map((verdict) => ({ ...verdict, verdict: 'lost' })),
    }));
    expect(runCanary(accuser).silent).toEqual(symptoms);
  });

  it('is not content with a judge that only names, and convicts nobody', () => {
    const mild = judgeThat((judgement) => ({
      ...judgement,
      functions: judgement.functions.map((verdict) => ({ ...verdict, verdict: 'survived' })),
    }));
    expect(runCanary(mild).silent).toEqual(symptoms);
  });

  it('is not content with a judge that says nothing', () =>
    expect(runCanary(() => ({ push: () => undefined })).silent).toEqual(symptoms));
});
