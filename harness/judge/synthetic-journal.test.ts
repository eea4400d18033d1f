import { describe, expect, it } from 'vitest';
import { type JournalEvent, journalLine } from '../journal/events.ts';
import { LineCodec } from '../journal/line-codec.ts';
import { begun, dead, failedStart, usb } from '../test/judged-journal.ts';
import type { SyntheticJournal } from './synthetic-journal.ts';

/** The events as a journal's reader gets them back from the file, which holds nothing that its form does not know. */
function throughTheFile(events: readonly JournalEvent[]): JournalEvent[] {
  const [writer, reader] = [new LineCodec(), new LineCodec()];
  return events.map((event) => reader.decode(journalLine.parse(JSON.parse(JSON.stringify(writer.encode(event))))));
}

/** What happens in a journal, in few words. */
const storyOf = ({ events }: SyntheticJournal): string[] =>
  events.map((event) => {
    if (event.t === 'edge') return `${event.edge} edge in ${event.bootId}`;
    if (event.t === 'intent' || event.t === 'intervention') return `${event.t} ${event.act}`;
    if (event.t === 'act-done') return `${event.act} ${event.ok ? 'done' : 'failed'}, exit code ${event.exitCode}`;
    return event.t === 'cycle-finished' ? `${event.t}, ${event.complete ? 'whole' : 'broken off'}` : event.t;
  });
const begin = ['run-started', 'cell-started', 'baseline edge in boot-1'];
const started = ['cycle-started', 'intervention edge-read', 'before edge in boot-1', 'intent vm-start'];
const after = ['intervention edge-read', 'after edge in boot-1', 'cycle-finished, whole'];

const everything = begun(7)
  .cycle({ guest: { answeredMs: 9, asked: 2 }, kernel: ['eth0: link is up'] })
  .cycle({ health: { after: [{ address: usb, change: dead }] } })
  .cycle({ holders: { after: [{ pid: 7, command: 'nvtop', file: '/dev/vfio/9', functions: [usb] }] } })
  .cycle({ wedge: { why: 'silent', console: ['Kernel panic'], bootIdAfter: 'boot-2' } })
  .cycle(failedStart('got timeout'))
  .finish();

describe('a made-up journal', () => {
  it('could be the file of a run', () => expect(throughTheFile(everything.events)).toEqual(everything.events));

  it('numbers its events, one a second', () => {
    const [first] = everything.events;
    const start = Date.UTC(2024, 0, 1);
    expect(first).toMatchObject({ n: 1, at: start + 1000, plan: { cycles: 7 } });
    expect(everything.events.map(({ n, at }) => [n, at - start])).toEqual(
      everything.events.map((_event, index) => [index + 1, (index + 1) * 1000]),
    );
  });

  it('says of a line when the kernel said it, and of an edge in which cycle it was read', () => {
    const line = everything.events.find(({ t }) => t === 'kernel');
    expect(line).toMatchObject({ seq: line?.n, usec: (line?.n ?? 0) * 1_000_000, level: 3 });
    const edges = everything.events.filter((event) => event.t === 'edge');
    expect(edges.map(({ cycle }) => cycle)).toEqual([0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 5]);
  });

  it('tells a good cycle as a run does', () =>
    expect(storyOf(begun().cycle().finish())).toEqual([
      ...begin,
      ...started,
      'vm-start done, exit code 0',
      'intervention edge-read',
      'running edge in boot-1',
      'intent vm-stop',
      'vm-stop done, exit code 0',
      ...after,
      'run-finished',
    ]));

  it('stops no VM that did not start', () =>
    expect(storyOf(begun().cycle(failedStart('got timeout')))).toEqual([
      ...begin,
      ...started,
      'vm-start failed, exit code 255',
      ...after,
    ]));

  it('breaks off the cycle of a host that hangs, and then has it back', () => {
    const journal = begun().cycle({ wedge: { why: 'silent', bootIdAfter: 'boot-2' } });
    expect(storyOf(journal)).toEqual([
      ...begin,
      ...started,
      'vm-start done, exit code 0',
      'lab-lost',
      'host-wedged',
      'cycle-finished, broken off',
      'lab-back',
    ]);
    expect(journal.events.at(-1)).toMatchObject({ bootId: 'boot-2' });
  });

  it('shows vfio-pci on a function from the start of its VM on, and open while that runs', () => {
    const hostDriver = { driver: 'xhci_hcd', enableCount: 1 };
    const journal = begun().cycle({ health: { before: [{ address: usb, change: hostDriver }] } });
    const seen = journal.events.flatMap((event) => {
      const health = event.t === 'edge' ? event.functions.get(usb) : undefined;
      return event.t === 'edge' ? [[event.edge, health?.driver, health?.enableCount]] : [];
    });
    expect(seen).toEqual([
      ['baseline', 'vfio-pci', 0],
      ['before', 'xhci_hcd', 1],
      ['running', 'vfio-pci', 1],
      ['after', 'vfio-pci', 0],
    ]);
  });

  it('has holders at the edges at which somebody holds something', () => {
    const held = everything.events.filter((event) => event.t === 'edge' && 'holders' in event);
    expect(held).toMatchObject([{ edge: 'after', cycle: 3, holders: [{ command: 'nvtop' }] }]);
  });
});
