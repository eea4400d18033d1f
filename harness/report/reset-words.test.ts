import { describe, expect, it } from 'vitest';
import type { JournalEventBody, ResetRecord } from '../journal/events.ts';
import { audio, begun, change, dead, gpu, healthyPort, judged, usb } from '../test/judged-journal.ts';
import { junitOf } from './junit.ts';
import { summaryOf, summaryText } from './summary.ts';

const kernelEvents: JournalEventBody = { t: 'reset-source', source: 'kernel-events' };
const other = { ...healthyPort, address: gpu };
const refusal = `kvm: vfio: Cannot reset device ${usb}, depends on group 15 which is not owned.`;
const bus: ResetRecord = { function: gpu, method: 'bus', bridge: gpu, task: 'kvm', during: 'close', returned: 0 };
const flr: ResetRecord = { function: audio, method: 'flr', task: 'kvm', during: 'open', returned: -25 };

/** A run in which only the GPU sits below the bridge that is reset. */
function run(source: JournalEventBody, resets: readonly ResetRecord[], ms: readonly (number | null)[]) {
  const journal = begun(1);
  journal.events.pop();
  journal.append(journal.edge('baseline', [{ address: gpu, change: { bridge: other } }]), source);
  const cycle = change(audio, dead);
  journal.cycle({ ...cycle, start: { ok: true, output: refusal } });
  return judged(journal.append({ t: 'resets', cycle: 1, resets: [...resets], ms: [...ms] }).finish().events);
}

const lineOf = (text: string, name: string): string => text.split('\n').find((line) => line.includes(name)) ?? '';

describe('what a person reads of resets', () => {
  it('is nothing where the journal tells nothing of them', () => {
    const judgement = judged(begun().cycle().finish().events);
    expect(summaryText(judgement)).not.toContain('Resets');
    expect(junitOf(judgement)).not.toContain('reset');
    expect(summaryOf(judgement)).toMatchObject({
      resetSource: null,
      functions: Array(5).fill({ resets: null }) as unknown,
    });
  });

  it('says how each function was reset, which never was, and why', () => {
    const none: ResetRecord = { function: usb, method: 'none', task: 'kvm', during: 'open', returned: -25 };
    const text = summaryText(run(kernelEvents, [none, bus, flr], [1, 14, 60_000]));
    expect(text).toContain('Resets (provenance: kernel events):\n');
    expect(lineOf(text, 'GPU 2b:00.0')).toBe(
      '  GPU 2b:00.0 is reset between guests: bus reset below 2b:00.0, 1 time (the last took 14 ms, by kvm), in 1 cycle',
    );
    expect(lineOf(text, 'USB 2c:00.3')).toBe(
      '  USB 2c:00.3 is never reset between guests: bus reset refused, group 15 not owned; no reset method of its own (ENOTTY)',
    );
    expect(lineOf(text, 'audio 2d:00.3')).toContain(
      'function level reset (FLR), 1 time (the last took 60000 ms, 1 failed',
    );
    expect(lineOf(text, 'USB 03:00.0')).toBe('  USB 03:00.0 is never reset between guests: nobody asked for one');
  });

  it('claims no more than the log tells', () => {
    const seen: ResetRecord = { function: usb, method: 'unknown', returned: null };
    const text = summaryText(run({ t: 'reset-source', source: 'log' }, [seen], [104]));
    expect(text).toContain('Resets (provenance: log):\n');
    expect(lineOf(text, 'USB 2c:00.3')).toBe(
      '  USB 2c:00.3 is reset between guests: reset by a method that nobody saw, 1 time (the last took 104 ms), in 1 cycle; ' +
        'the kernel offers pm; not always: bus reset refused, group 15 not owned',
    );
    expect(lineOf(text, 'USB 03:00.0')).toBe(
      '  USB 03:00.0: no reset was seen; the kernel offers no reset method of its own',
    );
  });

  it('claims nothing where only reset_method tells, and says why', () => {
    const source = { t: 'reset-source' as const, source: 'reset-method' as const, reason: 'tracefs is not mounted' };
    const journal = begun().append(source).cycle().finish();
    const text = summaryText(judged(journal.events));
    expect(text).toContain('Resets (provenance: reset_method; tracefs is not mounted):\n');
    expect(lineOf(text, 'USB 2c:00.3')).toBe('  USB 2c:00.3: no reset was seen; the kernel offers pm');
    expect(summaryOf(judged(journal.events)).functions[2]).toMatchObject({ address: usb, resets: null });
  });
});

it('machines read the same in JUnit and JSON, and a bad cycle has its resets', () => {
  const judgement = run(kernelEvents, [bus, flr], [14, null]);
  const xml = junitOf(judgement);
  expect(xml).toContain('<property name="resetSource" value="kernel events"/>');
  expect(xml).toContain('<property name="resets" value="bus 1"/>');
  expect(xml).toContain('USB 2c:00.3 is never reset between guests: bus reset refused, group 15 not owned');
  expect(xml).toContain('what the kernel reset:\n  bus reset of 2b:00.0 below 2b:00.0 by kvm at close, 14 ms\n');
  expect(xml).toContain('of 2d:00.3 by kvm at open, not seen to end: no reset method of its own (ENOTTY)');
  expect(summaryOf(judgement)).toMatchObject({
    resetSource: 'kernel-events',
    functions: [
      { address: gpu, resets: { methods: { bus: { count: 1, lastMs: 14, tasks: ['kvm'] } }, refused: {} } },
      {},
      { address: usb, resets: { methods: {}, refused: { 'bus reset refused, group 15 not owned': 1 } } },
      {},
      {},
    ],
  });
});
