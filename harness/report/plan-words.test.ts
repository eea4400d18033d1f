import { expect, it } from 'vitest';
import { planWords } from './plan-words.ts';

it.each([
  [{ cycles: 1 }, '1 cycle'],
  [{ cycles: 100 }, '100 cycles'],
  [{ stop: { forMs: 28_800_000 } }, 'cycles without a limit, for 8 h at most'],
  [
    { cycles: 9, stop: { forMs: 176_523_000, untilLost: true } },
    '9 cycles, for 2 d 1 h 2 min 3 s at most, until a function is lost',
  ],
  [{ stop: { untilLost: ['gpu', 'usb'] } }, 'cycles without a limit, until gpu or usb is lost'],
  [{ cycles: 9, stop: { forMs: 7 } }, '9 cycles, for 7 ms at most'],
  [
    { stop: { prove: { rate: 0.005, confidence: 0.99 } } },
    'cycles without a limit, until a failure rate below 0.5 % is proven at 99 % confidence',
  ],
] as const)('%o', (plan, words) => expect(planWords(plan)).toBe(words));
