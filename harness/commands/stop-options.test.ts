import { Command } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { resumableRun } from './resumable-run.ts';
import { askedEnd, cyclesOption, forOption, proveOption, UnprovableError, untilLostOption } from './stop-options.ts';

/** What these words on the command line come to. */
function end(...words: readonly string[]): unknown {
  const command = new Command('soak')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addOption(cyclesOption)
    .addOption(forOption)
    .addOption(untilLostOption)
    .addOption(proveOption);
  return askedEnd(command.parse(words, { from: 'user' }).opts());
}

describe('how a run ends', () => {
  it.each([
    [[], { cycles: 5, stopRules: {} }],
    [['--cycles', '7'], { cycles: 7, stopRules: {} }],
    [['--for', '8h'], { cycles: undefined, stopRules: { forMs: 28_800_000 } }],
    [['--for', '90s'], { cycles: undefined, stopRules: { forMs: 90_000 } }],
    [['--for', '1d2h3m4s'], { cycles: undefined, stopRules: { forMs: 93_784_000 } }],
    [['--until-lost'], { cycles: undefined, stopRules: { untilLost: true } }],
    [['--prove', '0.5%'], { cycles: undefined, stopRules: { prove: { rate: 0.005, confidence: 0.95 } } }],
    [['--prove', '12%@99.9%'], { cycles: undefined, stopRules: { prove: { rate: 0.12, confidence: 0.999 } } }],
    [['--prove', '50%@50%'], { cycles: undefined, stopRules: { prove: { rate: 0.5, confidence: 0.5 } } }],
    [
      ['--cycles', '598', '--for', '30m', '--until-lost', '--prove', '0.5%'],
      { cycles: 598, stopRules: { forMs: 1_800_000, untilLost: true, prove: { rate: 0.005, confidence: 0.95 } } },
    ],
  ])('%j', (words, expected) => expect(end(...words)).toEqual(expected));

  it.each(['', '8', 'h', '0s', '-1h', '1m1h', '1.5h', '8 h', '8hours', '1h '])('no time: %j', (text) => {
    expect(() => end('--for', text)).toThrow(/must be a time as in 90s, 30m, 1h30m, 8h or 2d/);
  });

  it.each(['', '0.5', '0%', '100%', '-1%', '0.5%@', '0.5%95%', 'half', '0.5%@95', '0.5%@95%x'])(
    'no rate: %j',
    (text) => {
      expect(() => end('--prove', text)).toThrow(/must be a rate between 0 and 100 %/);
    },
  );

  it.each(['5%@5%', '5%@49.9%', '5%@100%'])('no confidence: %j', (text) => {
    expect(() => end('--prove', text)).toThrow(/confidence must be at least 50% and below 100%/);
  });

  it('so few cycles that they cannot prove what is asked for', () => {
    expect(() => end('--cycles', '597', '--prove', '0.5%')).toThrow(UnprovableError);
    expect(() => end('--cycles', '597', '--prove', '0.5%')).toThrow(/597 cycles .* below 0\.5 % .* that takes 598 /);
  });

  it('is settled already in a run that is resumed', async () => {
    for (const asked of [{ cycles: 1 }, { for: 1 }, { untilLost: true }, { prove: {} }]) {
      await expect(resumableRun('reports', 'last', asked)).rejects.toThrow(/leave out .* --until-lost and --prove/);
    }
  });
});
