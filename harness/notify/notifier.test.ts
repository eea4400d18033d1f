import { expect, it } from 'vitest';
import { notify } from '../inventory/notify.ts';
import { listen } from '../test/http-listener.ts';
import { testNotification } from './notification.ts';
import { Notifier } from './notifier.ts';

const lost = { ...testNotification('h', 1), event: 'lost' as const };

it('tells each target what it wants to hear, and its end waits for what is under way', async () => {
  await using all = await listen(() => 200);
  await using few = await listen(() => 200);
  const warnings: string[] = [];
  {
    const targets = notify.parse([
      { kind: 'webhook', url: all.origin },
      { kind: 'webhook', url: few.origin, on: ['ended'] },
    ]);
    await using notifier = new Notifier(targets, { warn: (line) => void warnings.push(line) });
    notifier.tell(lost);
    notifier.tell({ ...lost, event: 'ended' });
    notifier.tell({ ...lost, event: 'test' });
    expect(all.heard).toEqual([]);
  }
  expect([all.heard.length, few.heard.length, warnings]).toEqual([3, 2, []]);
});

it('does not wait for one that hangs, and warns of it in one line', async () => {
  await using hanging = await listen(() => 'never');
  const warnings: string[] = [];
  {
    const targets = notify.parse([{ kind: 'webhook', url: hanging.origin, timeoutMs: 3_600_000 }]);
    await using notifier = new Notifier(targets, { closeMs: 100, warn: (line) => void warnings.push(line) });
    notifier.tell(lost);
  }
  expect(warnings).toEqual([
    'notify[0] (webhook) was not told of "lost": the run is over, and it was not taken so far.',
  ]);
});
