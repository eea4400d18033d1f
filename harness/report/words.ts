import type { FunctionTotals } from '../judge/totals.ts';

/** `survived 1 of 3, lost 2 since cycle 2 (config-dead: …)`: a function's whole run in one line. */
export function functionWords({ counts, exercised, firstLost, last, recoveries }: FunctionTotals): string {
  const cycles = counts.survived + counts.degraded + counts.lost + counts.unobserved;
  if (cycles === 0) return 'not tried';
  const brought = Object.entries(recoveries).map(([rung, times]) => `${rung}${times > 1 ? ` (${times} times)` : ''}`);
  const words = [`survived ${counts.survived} of ${cycles}`];
  if (firstLost !== undefined) {
    const eversince = last?.verdict === 'lost' && brought.length === 0 && counts.lost === cycles - firstLost.cycle + 1;
    words.push(
      `lost ${counts.lost} ${eversince ? 'since' : 'first in'} cycle ${firstLost.cycle} (${firstLost.because})`,
    );
  }
  if (brought.length > 0) words.push(`brought back by ${brought.join(' and ')}`);
  if (counts.degraded > 0) {
    words.push(`degraded ${counts.degraded}${last?.verdict === 'degraded' ? ` (${last.because})` : ''}`);
  }
  if (counts.unobserved > 0) {
    words.push(`unobserved ${counts.unobserved}${last?.verdict === 'unobserved' ? ` (${last.because})` : ''}`);
  }
  if (exercised < counts.survived) words.push(`the VM held it in ${exercised}`);
  return words.join(', ');
}
