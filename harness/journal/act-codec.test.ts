import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ActCodec } from './act-codec.ts';
import type { ActDoneBody } from './events.ts';

const anyAct = fc.record(
  {
    t: fc.constant('act-done' as const),
    act: fc.constantFrom('vm-start' as const, 'vm-stop' as const),
    cycle: fc.constant(1),
    ok: fc.boolean(),
    exitCode: fc.constant(0),
    durationMs: fc.constant(5),
    output: fc.constantFrom('', 'kvm: vfio: Cannot reset device', 'got timeout'),
  },
  { requiredKeys: ['t', 'act', 'cycle', 'ok', 'exitCode', 'durationMs'] },
);

it('gives back every act as it was, whatever was said before', () => {
  fc.assert(
    fc.property(fc.array(anyAct, { maxLength: 12 }), (acts) => {
      const writer = new ActCodec();
      const reader = new ActCodec();
      expect(acts.map((act) => reader.decode(writer.encode(act)))).toEqual(acts);
    }),
  );
});

it('stores what a board says at every start only once, and again once something else was said', () => {
  const codec = new ActCodec();
  const start = (output?: string): ActDoneBody => ({
    ...{ t: 'act-done', act: 'vm-start', cycle: 1, ok: true, exitCode: 0, durationMs: 5 },
    ...(output === undefined ? {} : { output }),
  });
  const said = ['a', 'a', undefined, 'a', 'b', 'a'].map((output) => codec.encode(start(output)));
  expect(said.map(({ output, again }) => output ?? again)).toEqual(['a', true, undefined, true, 'b', 'a']);
});

it('does not invent what was said where the journal was not read from its start', () => {
  expect(() =>
    new ActCodec().decode({
      t: 'act-done',
      act: 'vm-stop',
      cycle: 9,
      ok: true,
      exitCode: 0,
      durationMs: 5,
      again: true,
    }),
  ).toThrow(/nothing was said yet about a vm-stop/);
});
