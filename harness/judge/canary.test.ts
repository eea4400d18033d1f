import { describe, expect, it } from 'vitest';
import { type Symptom, symptoms } from '../pci/symptoms.ts';
import { runCanary } from './canary.ts';
import { RunJudge } from './run-judge.ts';
import type { CycleJudgement, FunctionVerdict } from './verdict.ts';

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

/** All symptoms but those that befall the whole host, of which every function is named. */
const ofOneFunction = symptoms.filter((symptom) => symptom !== 'host-rebooted' && symptom !== 'host-wedged');

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

  const good = (judgement: CycleJudgement): boolean => judgement.cycle === 1;
  const everyFunction = (change: Partial<FunctionVerdict>) => (judgement: CycleJudgement) => ({
    ...judgement,
    functions: judgement.functions.map((verdict) => ({ ...verdict, ...change })),
  });
  const onlyOf =
    (address: string, change: (verdict: FunctionVerdict) => Partial<FunctionVerdict>) =>
    (judgement: CycleJudgement) => ({
      ...judgement,
      functions: judgement.functions.map((verdict) =>
        verdict.address === address ? { ...verdict, ...change(verdict) } : verdict,
      ),
    });
  const everyDeparture = (named: (symptom: Symptom) => Symptom) => (judgement: CycleJudgement) => ({
    ...judgement,
    functions: judgement.functions.map((verdict) => ({
      ...verdict,
      departures: verdict.departures.map(({ symptom, reading }) => ({ symptom: named(symptom), reading })),
    })),
  });
  const another = { symptom: 'group-changed', reading: 'a guess' } as const;

  it.each<[string, (judgement: CycleJudgement) => CycleJudgement]>([
    ['does not let the good cycle pass', (so) => (good(so) ? { ...so, outcome: 'fail' } : so)],
    ['takes the good cycle for none', (so) => (good(so) ? everyFunction({ verdict: 'unobserved' })(so) : so)],
    ['accuses somebody in the good cycle', (so) => (good(so) ? everyFunction({ departures: [another] })(so) : so)],
    [
      'accuses one alone in the good cycle',
      (so) => (good(so) ? onlyOf('0000:02:00.0', () => ({ departures: [another] }))(so) : so),
    ],
    [
      'names more than befell the function',
      (so) =>
        good(so) ? so : onlyOf('0000:01:00.0', ({ departures }) => ({ departures: [...departures, another] }))(so),
    ],
    [
      'names the right symptom on the wrong function',
      (so) => ({
        ...so,
        functions: [...so.functions]
          .reverse()
          .map((one, i) => ({ ...one, address: so.functions[i]?.address ?? one.address })),
      }),
    ],
    [
      'names another symptom than the one that befell the function',
      everyDeparture((symptom) => symptoms[(symptoms.indexOf(symptom) + 1) % symptoms.length] ?? symptom),
    ],
    ['leaves a function out', (so) => ({ ...so, functions: so.functions.slice(1) })],
    ['leaves the neighbour out', (so) => ({ ...so, functions: so.functions.slice(0, 1) })],
  ])('is not content with a judge that %s', (_what, spoils) =>
    expect(runCanary(judgeThat(spoils)).silent).toEqual(expect.arrayContaining(ofOneFunction)),
  );

  it('is not content with a judge that convicts the neighbour as well', () =>
    expect(
      runCanary(judgeThat((so) => (good(so) ? so : onlyOf('0000:02:00.0', () => ({ verdict: 'degraded' }))(so))))
        .silent,
    ).toEqual(symptoms));

  it('is not content with a judge that acquits the neighbour and accuses it all the same', () =>
    expect(
      runCanary(judgeThat((so) => (good(so) ? so : onlyOf('0000:02:00.0', () => ({ departures: [another] }))(so))))
        .silent,
    ).toEqual(ofOneFunction));

  it.each<[Symptom, RegExp]>([
    ['config-dead', /while the VM ran/],
    ['port-dead', /could not be read/],
    ['vm-refused', /enable 0/],
    ['reset-failed', /pcieport/],
    ['aer-uncorrectable', /^its AER counters/],
    ['aer-uncorrectable', /the port/],
  ])('names %s where the judge is blind to one way to see it: %s', (symptom, way) => {
    const spoils = (judgement: CycleJudgement) => ({
      ...judgement,
      functions: judgement.functions.map((verdict) => ({
        ...verdict,
        departures: verdict.departures.filter(({ reading }) => !way.test(reading)),
      })),
    });
    expect(runCanary(judgeThat(spoils)).silent).toContain(symptom);
  });

  it('is not content with a judge that judges a cycle twice, or once too seldom', () => {
    const twice = (): Pick<RunJudge, 'push'> => {
      const judge = new RunJudge();
      let last: CycleJudgement | undefined;
      return {
        push: (event) => {
          last = judge.push(event) ?? last;
          return event.t === 'cycle-finished' || event.t === 'run-finished' ? last : undefined;
        },
      };
    };
    const seldom = judgeThat((so) => so);
    const onlyFirst = (): Pick<RunJudge, 'push'> => {
      const judge = seldom();
      return {
        push: (event) => {
          const judgement = judge.push(event);
          return judgement?.cycle === 1 ? judgement : undefined;
        },
      };
    };
    expect([runCanary(twice).silent, runCanary(onlyFirst).silent]).toEqual([symptoms, symptoms]);
  });

  it('is not content with a judge that says nothing', () =>
    expect(runCanary(() => ({ push: () => undefined })).silent).toEqual(symptoms));
});
