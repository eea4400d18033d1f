import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observerProgram } from './source.ts';

describe('the program that goes to the host', () => {
  it('compiles under Perl’s own warnings without one', async () => {
    const { source } = await observerProgram();
    const { status, stderr } = spawnSync('perl', ['-c'], { input: source, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '- syntax OK\n' });
  });

  it('uses no module outside perl-base', async () => {
    const { source } = await observerProgram();
    const modules = [...source.toString().matchAll(/^\s*(?:use|require)\s+([\w:]+)/gm)].map(([, name]) => name);
    expect(new Set(modules)).toEqual(new Set(['strict', 'warnings', 'Config']));
  });

  it('writes JSON that means the same bytes, whatever they are', () => {
    const wire = fileURLToPath(new URL('perl/wire.pl', import.meta.url));
    const program = 'do shift; while (<STDIN>) { chomp; print text(pack "H*", $_), "\n" }';
    const bytes = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
    );
    const samples = fc.sample(bytes, 2000);
    const { stdout } = spawnSync('perl', ['-e', program, wire], {
      input: samples.map((sample) => `${sample.toString('hex')}\n`).join(''),
    });
    const lines = stdout.toString('latin1').split('\n').slice(0, -1);
    expect(lines).toHaveLength(samples.length);
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const squeezed = (text: string): string => text.replaceAll(/\ufffd+/g, '\ufffd');
    for (const [index, line] of lines.entries()) {
      const said: unknown = JSON.parse(strict.decode(Buffer.from(line, 'latin1')));
      expect(squeezed(String(said))).toBe(squeezed(samples[index]?.toString('utf8') ?? ''));
    }
  });
});
