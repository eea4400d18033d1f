import { describe, expect, it } from 'vitest';
import type { JournalEventBody } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { begun, change, dead, gpu, usb } from '../test/judged-journal.ts';
import { mayTell, type Notification, notificationsOf, testNotification } from './notification.ts';

/** Everything that somebody is told over a whole run. */
function told({ events }: SyntheticJournal): Notification[] {
  const judge = new RunJudge();
  return events.flatMap((event) => {
    const cycle = judge.push(event);
    const notifications = notificationsOf(event, { cycle, run: judge.result() });
    expect(notifications.length === 0 || mayTell(event, cycle)).toBe(true);
    return notifications;
  });
}

const titles = (journal: SyntheticJournal): string[] => told(journal).map(({ event, title }) => `${event}: ${title}`);
const lost = change(usb, dead);

describe('somebody is told', () => {
  it('of the first loss of each function, and of the end', () => {
    expect(titles(begun(4).cycle().cycle(lost).cycle(lost).cycle(change(gpu, dead)).finish())).toEqual([
      'lost: nowhere: USB 2c:00.3 lost in cycle 2',
      'lost: nowhere: GPU 2b:00.0 lost in cycle 4',
      'ended: nowhere: FAIL after 4 cycles; lost: GPU 2b:00.0, USB 2c:00.3',
    ]);
  });

  it('with what machines and people want to know', () => {
    const [loss, end] = told(begun(1).cycle(lost).finish());
    expect(loss).toMatchObject({
      ...{ event: 'lost', host: 'nowhere', run: 'synthetic', cycle: 1, outcome: 'fail' },
      ...{ functions: [{ address: usb, role: 'usb' }], cell: { bios: '1', kernel: '1' } },
    });
    expect(loss?.text).toMatch(/^USB 2c:00\.3: config-dead.*\nBIOS 1, Linux 1\n\nRun synthetic$/);
    expect(end?.text).toMatch(/^FAIL: 1 of 1 cycles on nowhere[\s\S]*Shown:/);
  });

  it('of a host that hangs, and of a run that waits, which is no end', () => {
    const parked: JournalEventBody = {
      ...{ t: 'parked', cell: 'old', from: '5007', to: '2304', driver: 'manual' },
      instructions: 'Flash BIOS 2304.\nThen go on with it: comeback soak --resume x',
    };
    const wedged = begun(2)
      .cycle()
      .cycle({ wedge: { why: 'it is silent', console: ['panic'], bootIdAfter: 'b2' } });
    const journal = wedged.append(parked, { t: 'run-finished', reason: 'parked' });
    expect(titles(journal)).toEqual(['wedged: nowhere: the host hangs', 'parked: nowhere: the run waits for you']);
    expect(told(journal).map(({ text }) => text)).toEqual([
      'it is silent\npanic\n\nRun synthetic',
      'Flash BIOS 2304.\nThen go on with it: comeback soak --resume x\n\nRun synthetic',
    ]);
  });

  it('nothing in the words of a host that steers a terminal or a mail', () => {
    const why = '\u001b[2Jsilent\r\nBcc: everybody@example.org\u202e';
    const [wedged] = told(begun(1).append({ t: 'host-wedged', why, console: [why.repeat(1000)] }));
    expect(wedged?.text.split('\n')[0]).toBe('silent Bcc: everybody@example.org');
    expect(wedged?.text.length).toBeLessThan(1000);
  });

  it('what a run without cycles did', () => {
    expect(titles(begun(0).finish())).toEqual(['ended: nowhere: booted and verified']);
    expect(titles(begun(0).finish('infra'))).toEqual(['ended: nowhere: not verified (infra)']);
  });
});

it('a test says that it is one', () => expect(testNotification('h', 1)).toMatchObject({ event: 'test', host: 'h' }));
