import { ComebackError } from '../errors.ts';
import type { ResetRecord, ResetSource } from '../journal/events.ts';
import type { Journal } from '../journal/writer.ts';
import type { Observer } from '../observer/client.ts';
import { ObserverRequestError } from '../observer/errors.ts';
import type { ObserverEvent } from '../observer/protocol.ts';
import { ResetLog } from '../observer/reset-log.ts';
import { type KernelReset, ResetTracker } from '../observer/reset-tracker.ts';
import { parseTraceLine } from '../observer/trace-line.ts';
import type { PciAddress } from '../pci/address.ts';
import { DeadlineError } from '../wait.ts';

/** Probes are set in a tenth of a second; an emulated host takes up to four. */
const setUpTimeoutMs = 20_000;
/** A tracer that does not answer within this hangs; what it says later is about a later cycle then. */
const catchUpTimeoutMs = 5_000;
/** A cycle has a dozen. What is more is a storm: it is counted, and neither kept nor stored. */
const mostResets = 200;

/** Writes into the journal which resets the kernel does while it lasts. Both ends of a cycle throw what a loss of the host throws. */
export interface ResetWatch extends AsyncDisposable {
  /** Until it is known, and written down, how resets are seen. It never fails for want of a better way. */
  ready(): Promise<void>;
  /**
   * A cycle begins: what comes from here on is its own.
   *
   * @param isFollowing nothing was done on the host since the end of another cycle, so that there is nothing to catch up with.
   */
  begin(cycle: number, isFollowing: boolean): Promise<void>;
  /** Writes down the resets of the cycle. */
  end(): Promise<void>;
}

/**
 * Sees resets by probes on the kernel's functions; where the kernel has none, by what it says of them in its log since 6.13; where it says
 * nothing, not at all, and then only `reset_method` tells what it may have done.
 */
export function watchResets(
  observer: Observer,
  journal: Journal,
  functions: readonly { readonly address: PciAddress }[],
): ResetWatch {
  return new Watch(
    observer,
    journal,
    functions.map(({ address }) => address),
  );
}

class Watch implements ResetWatch {
  readonly #observer: Observer;
  readonly #journal: Journal;
  readonly #tracker = new ResetTracker();
  readonly #log: ResetLog;
  readonly #listening: Disposable;
  readonly #ready: Promise<void>;
  #source: ResetSource | undefined;
  #cycle: number | undefined;
  #seen: KernelReset[] = [];
  #lost = 0;
  /** The resets of the last `resets` event, as they were written. */
  #last: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(observer: Observer, journal: Journal, functions: readonly PciAddress[]) {
    this.#observer = observer;
    this.#journal = journal;
    this.#log = new ResetLog(functions);
    this.#listening = observer.onEvent((event) => this.#onEvent(event));
    this.#ready = this.#setUp();
    // It is awaited in `ready`; until then nobody may call it unhandled.
    this.#ready.catch(() => undefined);
  }

  async ready(): Promise<void> {
    await this.#ready;
  }

  async begin(cycle: number, isFollowing: boolean): Promise<void> {
    if (!isFollowing) await this.#catchUp();
    await this.#flush();
    this.#cycle = cycle;
  }

  async end(): Promise<void> {
    await this.#catchUp();
    await this.#flush();
    this.#cycle = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    for (const reset of this.#tracker.unfinished) this.#add(reset);
    await this.#flush();
  }

  async #setUp(): Promise<void> {
    await this.#journal.append({ t: 'intervention', act: 'host-bridge-read' });
    try {
      await this.#observer.traceResets({ timeoutMs: setUpTimeoutMs });
      this.#say('kernel-events');
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
      // What else can fail is a loss of the host, and whoever speaks to it next meets that as well.
      if (!isAboutTracing(error)) return;
      this.#say('reset-method', error instanceof ObserverRequestError ? error.reason : error.message);
    }
    await this.#writing;
  }

  async #catchUp(): Promise<void> {
    try {
      await this.#observer.catchUp({ timeoutMs: catchUpTimeoutMs });
    } catch (error) {
      if (!isAboutTracing(error)) throw error;
    }
  }

  #say(source: ResetSource, reason?: string): void {
    if (this.#source === source) return;
    this.#source = source;
    this.#write(this.#journal.append({ t: 'reset-source', source, ...(reason === undefined ? {} : { reason }) }));
  }

  #onEvent(event: ObserverEvent): void {
    switch (event.t) {
      case 'trace': {
        const call = parseTraceLine(event.line);
        if (call !== undefined) this.#tracker.push(call).forEach((reset) => this.#add(reset));
        return;
      }
      case 'trace-lost':
        this.#tracker.forget();
        this.#lost += event.count;
        return;
      case 'trace-ended':
        this.#tracker.forget();
        if (this.#source === 'kernel-events') this.#say('reset-method', 'the process that had the probes ended');
        return;
      case 'kmsg': {
        if (this.#source === undefined || this.#source === 'kernel-events') return;
        const { isAboutReset, reset } = this.#log.push(event.text, event.usec);
        if (isAboutReset) this.#say('log');
        if (reset !== undefined) this.#add(reset);
        return;
      }
      default:
        return;
    }
  }

  #add(reset: KernelReset): void {
    if (this.#seen.length < mostResets) this.#seen.push(reset);
    else this.#lost += 1;
  }

  async #flush(): Promise<void> {
    const seen = this.#seen;
    const lost = this.#lost;
    this.#seen = [];
    this.#lost = 0;
    const isBlind = this.#source === undefined || this.#source === 'reset-method';
    // That a cycle had no reset at all is worth a word, if somebody looked.
    if (seen.length > 0 || lost > 0 || (this.#cycle !== undefined && !isBlind)) {
      const resets = seen.map(recordOf);
      const text = JSON.stringify(resets);
      const isNews = text !== this.#last;
      this.#last = text;
      this.#write(
        this.#journal.append({
          t: 'resets',
          ...(this.#cycle === undefined ? {} : { cycle: this.#cycle }),
          ...(isNews ? { resets } : {}),
          ms: seen.map(({ durationMs }) => (durationMs === undefined ? null : Math.round(durationMs))),
          ...(lost === 0 ? {} : { lost }),
        }),
      );
    }
    await this.#writing;
  }

  #write(line: Promise<unknown>): void {
    const before = this.#writing;
    this.#writing = before.then(() => line);
    line.catch(() => undefined);
    // The rejection is kept for the next flush; until then nobody may call it unhandled.
    this.#writing.catch(() => undefined);
  }
}

function isAboutTracing(error: unknown): error is ObserverRequestError | DeadlineError {
  return error instanceof ObserverRequestError || error instanceof DeadlineError;
}

function recordOf({ function: address, method, bridge, task, during, returned }: KernelReset): ResetRecord {
  return {
    ...(address === undefined ? {} : { function: address }),
    method,
    ...(bridge === undefined ? {} : { bridge }),
    ...(task === undefined ? {} : { task }),
    ...(during === undefined ? {} : { during }),
    returned: returned ?? null,
  };
}
