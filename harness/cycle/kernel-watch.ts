import type { Observer } from '../observer/client.ts';
import type { Journal } from '../journal/writer.ts';
import type { PciAddress } from '../pci/address.ts';
import { recogniseKernelLine } from '../pci/kernel-lines.ts';

/** Kernel log level 4, KERN_WARNING: what is as bad or worse is always kept (include/linux/kern_levels.h). */
const warningLevel = 4;
/** Lines that every healthy VM start prints about its functions (drivers/pci/setup-res.c). */
const routine = /: enabling device \(|: resetting$|: reset done$/;

/** Writes the kernel's words about the run into the journal while it lasts. */
export interface KernelWatch extends AsyncDisposable {
  /** Writes the counts of what was said again since the last flush. @throws JournalWriteError that a line ran into meanwhile. */
  flush(): Promise<void>;
}

interface Repeated {
  readonly seq: number;
  readonly level: number;
  readonly usec: number;
  readonly text: string;
  repeats: number;
}

/**
 * Keeps warnings, whatever names one of the functions, and whatever accuses a device: an error may be told of the port above alone. A line that comes again before the next flush is counted, not stored:
 * a dead function can say the same thing thousands of times.
 */
export function watchKernel(
  observer: Observer,
  journal: Journal,
  functions: readonly { readonly address: PciAddress }[],
): KernelWatch {
  const seen = new Map<string, Repeated>();
  let writing: Promise<unknown> = Promise.resolve();
  const write = (record: Repeated): void => {
    const { repeats, ...rest } = record;
    const line = journal.append({ t: 'kernel', ...rest, ...(repeats === 0 ? {} : { repeats }) });
    const before = writing;
    writing = before.then(() => line).then(() => undefined);
    line.catch(() => undefined);
    // The rejection is kept for the next flush; until then nobody may call it unhandled.
    writing.catch(() => undefined);
  };
  const listening = observer.onEvent((event) => {
    if (event.t !== 'kmsg') return;
    const matters =
      event.level <= warningLevel ||
      functions.some(({ address }) => event.text.includes(address)) ||
      recogniseKernelLine(event.text) !== undefined;
    if (!matters || routine.test(event.text)) return;
    const known = seen.get(event.text);
    if (known !== undefined) {
      known.repeats += 1;
      return;
    }
    const record = { seq: event.seq, level: event.level, usec: event.usec, text: event.text, repeats: 0 };
    seen.set(event.text, record);
    write(record);
  });
  const flush = async (): Promise<void> => {
    for (const record of seen.values()) if (record.repeats > 0) write(record);
    seen.clear();
    await writing;
  };
  return {
    flush,
    [Symbol.asyncDispose]: async () => {
      listening[Symbol.dispose]();
      await flush();
    },
  };
}
