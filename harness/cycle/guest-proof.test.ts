import { describe, expect, it } from 'vitest';
import { RunJudge } from '../judge/run-judge.ts';
import type { CycleJudgement } from '../judge/verdict.ts';
import { progressLines } from '../commands/progress.ts';
import type { JournalEvent, JournalEventOf } from '../journal/events.ts';
import { addressOf } from '../test/known-address.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import type { GuestExpectation } from '../vm/guest-proof.ts';
import { soakTwin, twinPlan } from './fixtures/twin-soak.ts';

const smi = ['nvidia-smi', '-L'];
const expectation: GuestExpectation = { os: 'linux', functions: twinPlan.functions, timeoutMs: 30_000 };

interface Asked {
  readonly proof: JournalEventOf<'guest-proof'>;
  readonly judgement: CycleJudgement;
  readonly events: readonly JournalEvent[];
}

/** One cycle on a twin with a guest agent; waits take no time, but the clock goes on. */
async function askedOnce(spoil: (twin: Twin) => void, guest: Partial<GuestExpectation> = {}): Promise<Asked> {
  await using twin = await startTwin({ vm: { agent: true } });
  spoil(twin);
  let nowMs = 0;
  const clock = {
    nowMs: () => nowMs,
    sleep: (durationMs: number) => {
      nowMs += durationMs;
      return Promise.resolve();
    },
  };
  const { events, error } = await soakTwin(twin, {
    plan: { cycles: 1, guest: { ...expectation, ...guest } },
    world: { clock },
  });
  expect(error).toBeUndefined();
  const judge = new RunJudge();
  const [judgement] = events.map((event) => judge.push(event)).filter((judged) => judged !== undefined);
  const proof = events.find((event) => event.t === 'guest-proof');
  if (proof === undefined || judgement === undefined) throw new Error('the guest was not asked');
  return { proof, judgement, events };
}

function verdicts({ judgement }: Asked): Record<string, string> {
  return Object.fromEntries(judgement.functions.map(({ address, verdict }) => [address.slice(5), verdict]));
}

const allSurvived = Object.fromEntries(twinPlan.functions.map(({ address }) => [address.slice(5), 'survived']));

describe('a guest that is asked', () => {
  it('has every function and can use it', async () => {
    const asked = await askedOnce(() => undefined);
    expect(asked.proof).toMatchObject({ asked: 5 });
    expect(asked.proof.findings).toBeUndefined();
    expect(asked.proof.notProven).toBeUndefined();
    expect(verdicts(asked)).toEqual(allSurvived);
    expect(JSON.stringify(asked.proof).length).toBeLessThan(300);
    const lines: string[] = [];
    const { event } = progressLines((line) => lines.push(line));
    for (const each of asked.events) event(each, undefined);
    expect(lines.join('\n')).toMatch(/cycle 1\/1: guest answered after \d+ s, 5 of 5 functions usable/);
  });

  it('lacks one, which is lost though the host sees nothing of it', async () => {
    const asked = await askedOnce(({ guest }) => guest.lose('2c:00.3'));
    expect(asked.proof.findings).toMatchObject([{ address: addressOf('2c:00.3'), symptom: 'guest-missing' }]);
    expect(verdicts(asked)).toEqual({ ...allSurvived, '2c:00.3': 'lost' });
    expect(asked.judgement.outcome).toBe('fail');
    expect(asked.judgement.because).toContain('guest-missing');
  });

  it('cannot use one', async () => {
    const asked = await askedOnce(({ guest }) => guest.cripple('2d:00.3'));
    expect(verdicts(asked)).toEqual({ ...allSurvived, '2d:00.3': 'lost' });
    expect(asked.judgement.because).toContain(
      'guest-unusable: 0000:03:00.0 in the guest: snd_hda_intel shows no audio codec',
    );
  });

  it('is busy with its drivers when the agent first answers', async () => {
    const asked = await askedOnce(({ guest }) => {
      guest.cripple('03:00.0');
      guest.recoverAfter('03:00.0', 2);
    });
    expect(verdicts(asked)).toEqual(allSurvived);
  });

  it('is too busy to tell when it is first asked', async () => {
    const asked = await askedOnce(({ guest }) => {
      guest.busyCommands = 3;
    });
    expect(asked.proof).toMatchObject({ asked: 5 });
    expect(asked.proof.notProven).toBeUndefined();
  });

  it('ends a command with another code than 0, though qm itself ends with 0', async () => {
    const [gpu, ...rest] = expectation.functions;
    const functions = [{ ...(gpu ?? expect.fail('no GPU')), command: smi }, ...rest];
    const asked = await askedOnce(
      ({ guest }) => guest.programs.set('nvidia-smi', { exitCode: 9, stdout: 'No devices were found\n' }),
      { functions },
    );
    expect(verdicts(asked)).toEqual({ ...allSurvived, '2b:00.0': 'lost' });
    expect(asked.judgement.because).toContain('nvidia-smi -L in the guest ended with 9: No devices were found');
  });

  it('is Windows: only its commands tell', async () => {
    const [gpu, ...rest] = expectation.functions;
    const functions = [{ ...(gpu ?? expect.fail('no GPU')), command: smi }, ...rest];
    const asked = await askedOnce(
      ({ guest }) => {
        guest.lose('2c:00.3');
        guest.programs.set('nvidia-smi', { exitCode: 0 });
      },
      { os: 'windows', functions },
    );
    expect(asked.proof).toMatchObject({ asked: 1 });
    expect(verdicts(asked)).toEqual(allSurvived);
  });
});

describe('a guest that proves nothing is held against no function', () => {
  it('when its agent never answers', async () => {
    const asked = await askedOnce(({ guest }) => {
      guest.agentIsSilent = true;
    });
    expect(asked.proof).toMatchObject({ answeredMs: null, notProven: 'the agent did not answer in 30 s' });
    expect(verdicts(asked)).toEqual(allSurvived);
    expect(asked.judgement.outcome).toBe('pass');
  });

  it('when a command is not there', async () => {
    const [gpu, ...rest] = expectation.functions;
    const asked = await askedOnce(() => undefined, {
      functions: [{ ...(gpu ?? expect.fail('no GPU')), command: smi }, ...rest],
    });
    expect(asked.proof.notProven).toContain('Failed to execute child process');
    expect(verdicts(asked)).toEqual(allSurvived);
  });
});
