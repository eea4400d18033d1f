import type { FunctionResets, MethodTotals, RunResets } from '../judge/reset-provenance.ts';
import { functionName } from '../judge/function-name.ts';
import type { TimedReset } from '../judge/verdict.ts';
import type { FunctionRole, ResetSource } from '../journal/events.ts';
import { type PciAddress, shortAddress } from '../pci/address.ts';
import { noSuchReset, performedResets, type PerformedReset, resetErrorWords, resetWords } from '../pci/reset-names.ts';

export const resetSourceWords: Readonly<Record<ResetSource, string>> = {
  'kernel-events': 'kernel events',
  log: 'log',
  'reset-method': 'reset_method',
};

/** `USB 2c:00.3 is never reset between guests: …`: what became of the resets of one function, in one sentence. */
export function functionResetWords(
  address: PciAddress,
  role: FunctionRole,
  { source, cycles, functions }: RunResets,
): string | undefined {
  const resets = functions.get(address);
  if (source === undefined || resets === undefined) return undefined;
  const name = functionName(role, address);
  const done = performedResets.flatMap((method) => {
    const totals = resets.methods[method];
    return method === 'none' || totals === undefined ? [] : [methodWords(method, totals)];
  });
  const reasons = Object.keys(resets.refused);
  const refused = reasons.join('; ');
  if (done.length > 0) {
    const offers = resets.methods.unknown === undefined ? '' : `; ${offerWords(resets)}`;
    const between = `${name} is reset between guests: ${done.join('; ')}, in ${cycles} cycle${cycles === 1 ? '' : 's'}${offers}`;
    // That it has no method of its own is why its bus was reset.
    const others = reasons.filter((reason) => reason !== resetErrorWords(noSuchReset));
    return others.length === 0 ? between : `${between}; not always: ${others.join('; ')}`;
  }
  // Without probes a reset that nobody saw may have happened all the same.
  if (source !== 'kernel-events')
    return `${name}: no reset was seen; ${offerWords(resets)}${refused && `; ${refused}`}`;
  if (cycles === 0) return `${name}: no cycle was seen`;
  return `${name} is never reset between guests: ${refused || 'nobody asked for one'}`;
}

/** The resets of one function for machines that read properties: `bus 4, none 2`. */
export function resetCounts({ methods }: FunctionResets): string {
  const counts = performedResets.flatMap((method) => {
    const totals = methods[method];
    return totals === undefined ? [] : [`${method} ${totals.count}`];
  });
  return counts.join(', ') || 'none seen';
}

/** `bus reset of 2b:00.0 below 00:03.0 by kvm at close, 14 ms`. */
export function resetLine(reset: TimedReset): string {
  const { function: own, method, bridge, task, during, returned, ms } = reset;
  const words = [
    resetWords[method],
    ...(own === undefined ? [] : [`of ${shortAddress(own)}`]),
    ...(bridge === undefined ? [] : [`below ${shortAddress(bridge)}`]),
    ...(task === undefined ? [] : [`by ${task}`]),
    ...(during === undefined ? [] : [`at ${during}`]),
  ].join(' ');
  const end = ms === null ? 'not seen to end' : `${ms} ms`;
  return `${words}, ${end}${returned === null || returned === 0 ? '' : `: ${resetErrorWords(returned)}`}`;
}

function methodWords(method: PerformedReset, { count, failed, lastMs, bridge, tasks }: MethodTotals): string {
  const below = bridge === null ? '' : ` below ${shortAddress(bridge)}`;
  const details = [
    lastMs === null ? 'the last was not seen to end' : `the last took ${lastMs} ms`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(tasks.length > 0 ? [`by ${tasks.join(', ')}`] : []),
  ];
  return `${resetWords[method]}${below}, ${count} time${count === 1 ? '' : 's'} (${details.join(', ')})`;
}

function offerWords({ offered }: FunctionResets): string {
  return offered === null || offered.length === 0
    ? 'the kernel offers no reset method of its own'
    : `the kernel offers ${offered.join(', ')}`;
}
