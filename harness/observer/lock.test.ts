import { describe, expect, it } from 'vitest';
import { twinSession } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { startObserver } from './client.ts';
import { LabTakenOverError } from './errors.ts';

const wait = { timeoutMs: 10_000 };
const owner = 'soak of anna@desk, since 10:15 — "50 %"';

describe('the lab lock', () => {
  it('is held by one, tells the other who it is, and is free when its holder is killed', async () => {
    await using twin = await startTwin();
    await using firstSession = await twinSession(twin);
    await using secondSession = await twinSession(twin);
    await using first = await startObserver(firstSession, wait);
    await using second = await startObserver(secondSession, wait);
    expect(await first.lock(owner, wait)).toEqual({ held: 'by-us' });
    expect(await first.lock(owner, wait)).toEqual({ held: 'by-us' });
    expect(await second.lock('me', wait)).toMatchObject({
      held: 'by-other',
      holder: { owner, pid: first.hello.pid, silentSeconds: 0 },
    });
    for (const asker of [first, second])
      expect(await asker.lockHolder(wait)).toMatchObject({ owner, pid: first.hello.pid });
    await secondSession.exec(['kill', '-KILL', String(first.hello.pid)], { wait });
    await first.lost;
    expect(await second.lockHolder(wait)).toBeNull();
    expect(await second.lock('me', wait)).toEqual({ held: 'by-us' });
  });

  it('goes with the connection', async () => {
    await using twin = await startTwin();
    const session = await twinSession(twin);
    const first = await startObserver(session, wait);
    expect(await first.lock(owner, wait)).toEqual({ held: 'by-us' });
    await session[Symbol.asyncDispose]();
    await twin.commandsEnded();
    await using next = await twinSession(twin);
    await using second = await startObserver(next, wait);
    expect(await second.lock('me', wait)).toEqual({ held: 'by-us' });
  });

  it('is not free while its holder is frozen, and asking does not stop the observer', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using first = await startObserver(session, wait);
    await using second = await startObserver(session, wait);
    await first.lock(owner, wait);
    await session.exec(['kill', '-STOP', String(first.hello.pid)], { wait });
    const asked = second.lock('me', wait);
    expect((await second.ping(wait)).monoSeconds).toBeGreaterThan(0);
    expect(await asked).toMatchObject({
      held: 'by-other',
      holder: { owner: 'unknown (holder does not answer)', pid: first.hello.pid, heldSeconds: null },
    });
    await session.exec(['kill', '-CONT', String(first.hello.pid)], { wait });
  });

  it('of one lab is not that of another', async () => {
    await using one = await startTwin();
    await using other = await startTwin();
    await using oneSession = await twinSession(one);
    await using otherSession = await twinSession(other);
    await using first = await startObserver(oneSession, wait);
    await using second = await startObserver(otherSession, wait);
    expect([await first.lock('a', wait), await second.lock('b', wait)]).toEqual([{ held: 'by-us' }, { held: 'by-us' }]);
  });

  it('is given up to whoever asks with the rights for it, and its controller is told who that was', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using first = await startObserver(session, wait);
    await using second = await startObserver(session, wait);
    await first.lock(owner, wait);
    await expect(second.oust(process.pid, 'KILL', wait)).rejects.toThrow(/does not hold the lock/);
    await expect(second.oust(second.hello.pid, 'KILL', wait)).rejects.toThrow(/does not hold the lock/);
    await second.askToGiveWay('run of ben', wait);
    expect(await first.lost).toMatchObject({
      code: 'LAB_TAKEN_OVER',
      message: expect.stringContaining('ben') as unknown,
    });
    await expect(first.ping(wait)).rejects.toThrow(LabTakenOverError);
    expect(await second.lock('run of ben', wait)).toEqual({ held: 'by-us' });
  });
});
