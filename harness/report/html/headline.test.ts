import { expect, it } from 'vitest';
import type { SyntheticJournal } from '../../judge/synthetic-journal.ts';
import { begun, change, dead, failedStart, gpu, judged, usb } from '../../test/judged-journal.ts';
import { headlineOf } from './headline.ts';

const verify = begun(0);
it.each<[string, SyntheticJournal, string, RegExp, RegExp]>([
  ['passed', begun().cycle().cycle().finish(), 'good Pass', /^Yes: every function came back, 2 times of 2\.$/, /^$/],
  ['passed once', begun(1).cycle().finish(), 'good Pass', /^Yes: every function came back, in the one cycle\.$/, /^$/],
  [
    'lost and degraded',
    begun()
      .cycle(change(usb, dead))
      .cycle(change(gpu, { linkWidth: 8 }))
      .finish(),
    'bad Fail',
    /^No: USB 2c:00\.3 did not come back in 1 of 2 cycles; GPU 2b:00\.0 came back in 1 of 2 cycles, but not as it was\.$/,
    /^$/,
  ],
  [
    'lost, then could not see, then was interrupted',
    begun().cycle(change(usb, dead)).cycle(failedStart('got timeout')).finish('interrupted'),
    'bad Fail',
    /^No: USB 2c:00\.3/,
    /interrupted.*In 1 cycle nobody could see, which is no device's fault/,
  ],
  [
    'never saw',
    begun().cycle(failedStart('got timeout')).finish(),
    'unknown Infra',
    /^Not known: the lab failed, no/,
    /timeout/,
  ],
  [
    'began no cycle',
    begun().finish('infra'),
    'unknown Infra',
    /before a single cycle was run/,
    /Not one cycle was seen/,
  ],
  [
    'was interrupted',
    begun().cycle().finish('interrupted'),
    'unknown Interrupted',
    /^Not known to its end/,
    /In the one cycle that was seen to the end, every function came back/,
  ],
  ['died', begun().cycle(), 'unknown Aborted', /cut short/, /comeback or its machine died, or it is still running/],
  ['was refused', begun().finish('refused'), 'unknown Refused', /^Not tried: a gate was closed/, /^$/],
  [
    'is parked',
    begun().cycle().append({ t: 'run-finished', reason: 'parked' }),
    'waiting Parked',
    /^The run waits for a person\.$/,
    /every function came back/,
  ],
  ['only verified', verify.finish(), 'good Verified', /groups are split/, /says nothing about a device/],
])('says the right thing of a run that %s', (_what, journal, look, answer, notes) => {
  const said = headlineOf(judged(journal.events));
  expect(`${said.tone} ${said.label}`).toBe(look);
  expect(said.answer).toMatch(answer);
  expect(said.notes.join(' ')).toMatch(notes);
});
