import { describe, expect, it } from 'vitest';
import { twinSession } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { startObserver } from './client.ts';

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
    expect(await second.lock('me', wait)).toEqual({ held: 'by-other', owner });
    expect([await first.lockHolder(wait), await second.lockHolder(wait)]).toEqual([owner, owner]);
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
    expect(await asked).toEqual({ held: 'by-other', owner: 'unknown (holder does not answer)' });
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
});
