import type { PciAddress } from '../pci/address.ts';
import { noSuchReset, type PerformedReset, type ResetCall, resetCalls, type ResetMethod } from '../pci/reset-names.ts';
import type { TracedCall } from './trace-line.ts';

/** One try of the kernel to reset something, as it went. */
export interface KernelReset {
  /** The function whose reset, or whose bus's, was asked for; undefined where somebody reset a bus by its bridge. */
  readonly function: PciAddress | undefined;
  readonly method: PerformedReset;
  /** The bridge whose secondary bus was reset. */
  readonly bridge: PciAddress | undefined;
  /** `comm` of the task that did it; undefined where it is not told. */
  readonly task: string | undefined;
  /** Whether it was part of opening or closing a function for a VM. */
  readonly during: 'open' | 'close' | undefined;
  /** 0 or a negative errno; undefined where it tells nothing, or was not seen to return. */
  readonly returned: number | undefined;
  /** Undefined where it was not seen to return. */
  readonly durationMs: number | undefined;
}

type Attempt = Pick<KernelReset, 'bridge' | 'returned' | 'durationMs'> & { readonly method: ResetMethod };

interface Frame {
  readonly symbol: string;
  readonly call: ResetCall;
  readonly entry: TracedCall;
  /** What was done inside, in order. */
  readonly attempts: Attempt[];
}

/** A reset waits for the function at least as long (10 ms for PM, 100 ms for FLR); a method that is not there says so at once. */
const shortestResetMs = 5;

/** Makes resets of the calls that the probes see: who calls whom in one task tells what a reset came to. */
export class ResetTracker {
  /** The probed functions in which each task is, outermost first. */
  readonly #stacks = new Map<number, Frame[]>();

  /** @returns the resets that are over with this. */
  push(traced: TracedCall): readonly KernelReset[] {
    const call = resetCalls.get(traced.symbol);
    if (call === undefined) return [];
    const stack = this.#stacks.get(traced.pid) ?? [];
    if (traced.moment === 'entry') {
      stack.push({ symbol: traced.symbol, call, entry: traced, attempts: [] });
      this.#stacks.set(traced.pid, stack);
      return [];
    }
    const index = stack.findLastIndex(({ symbol }) => symbol === traced.symbol);
    const frame = stack[index];
    if (frame === undefined) return [];
    // What is above it returned as well, and the kernel was too busy to tell.
    const unseen = stack.splice(index).slice(1);
    if (stack.length === 0) this.#stacks.delete(traced.pid);
    frame.attempts.push(...unseen.flatMap(({ attempts }) => attempts));
    return this.#close(frame, traced, stack);
  }

  /** Some calls were not told: what is open can no longer be trusted. */
  forget(): void {
    this.#stacks.clear();
  }

  /** Resets that were begun and not seen to return, as far as they got. */
  get unfinished(): readonly KernelReset[] {
    return [...this.#stacks.values()].flatMap((stack) => {
      const outermost = stack.find(({ call }) => call.kind !== 'vfio');
      if (outermost === undefined) return [];
      const method = stack.findLast(({ call, entry }) => call.kind === 'method' && !entry.asked)?.call;
      const bridge = stack.findLast(({ call }) => call.kind === 'bus')?.entry.device;
      return [
        {
          function: outermost.call.kind === 'bus' ? undefined : outermost.entry.device,
          method: bridge === undefined ? (method?.kind === 'method' ? method.method : 'unknown') : 'bus',
          bridge,
          ...contextOf(outermost, stack),
          returned: undefined,
          durationMs: undefined,
        },
      ];
    });
  }

  #close(frame: Frame, { monoSeconds, returned }: TracedCall, outer: readonly Frame[]): readonly KernelReset[] {
    const durationMs = Math.max(0, (monoSeconds - frame.entry.monoSeconds) * 1000);
    const result = { returned: plausible(returned), durationMs };
    const attempts = attemptsOf(frame, result);
    const parent = outer.findLast(({ call }) => call.kind !== 'vfio');
    if (parent !== undefined) {
      parent.attempts.push(...attempts);
      return [];
    }
    const { call, entry } = frame;
    if (call.kind === 'vfio' || entry.asked) return [];
    const context = { function: call.kind === 'bus' ? undefined : entry.device, ...contextOf(frame, outer) };
    if (call.kind !== 'request') return attempts.map((attempt) => ({ ...context, ...attempt }));
    if (attempts.length === 0) {
      const method = result.returned === 0 ? 'unknown' : 'none';
      return [{ ...context, method, bridge: undefined, ...result }];
    }
    // What the last one came to is what the caller was told.
    return attempts.map((attempt, index) => ({
      ...context,
      ...attempt,
      returned: index === attempts.length - 1 ? result.returned : attempt.returned,
    }));
  }
}

function contextOf({ entry }: Frame, stack: readonly Frame[]): Pick<KernelReset, 'task' | 'during'> {
  const vfio = stack.findLast(({ call }) => call.kind === 'vfio')?.call;
  return { task: entry.task, during: vfio?.kind === 'vfio' ? vfio.during : undefined };
}

/** What a call that returned adds to what was done inside it. */
function attemptsOf({ call, entry, attempts }: Frame, result: Pick<Attempt, 'returned' | 'durationMs'>): Attempt[] {
  switch (call.kind) {
    case 'vfio':
      return [];
    case 'request':
      return attempts;
    case 'bus': {
      const inner = attempts.findLast(({ method }) => method === 'bus');
      const returned = call.returnsNothing === true ? inner?.returned : result.returned;
      return [{ method: 'bus', bridge: entry.device, returned, durationMs: result.durationMs }];
    }
    case 'method': {
      if (entry.asked) return [];
      const isMissing =
        result.returned === noSuchReset && (result.durationMs ?? 0) < shortestResetMs && call.always !== true;
      if (isMissing || (attempts.length > 0 && call.whole !== true)) return attempts;
      return [{ method: call.method, bridge: attempts.at(-1)?.bridge, ...result }];
    }
  }
}

/** Some functions return nothing, and then the probe shows what happened to be in the register. */
function plausible(returned: number | undefined): number | undefined {
  return returned !== undefined && returned <= 0 && returned >= -4095 ? returned : undefined;
}
