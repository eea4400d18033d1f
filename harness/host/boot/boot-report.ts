import type { Clock } from '../../clock.ts';
import { ComebackError } from '../../errors.ts';
import type { HostIdentity, JournalEventBody } from '../../journal/events.ts';
import type { LabHost } from '../lab-host.ts';
import { BootFailedError, BootNotAsAskedError } from './cell-errors.ts';
import type { AskedBoot } from './boot-proof.ts';
import type { ArmedBoot, LoaderKind } from './loader.ts';

export type BootEvent = Extract<JournalEventBody, { t: 'boot-leftover' | 'boot-intent' | 'boot-done' }>;

interface Sink {
  readonly writeDown: (event: BootEvent) => Promise<void>;
  readonly clock: Clock;
}

/** Puts one boot of a cell into the journal. */
export class BootReport {
  readonly #cell: string;
  readonly #sink: Sink;
  readonly #startedMs: number;
  readonly #notes: string[] = [];

  constructor(cell: string, sink: Sink) {
    this.#cell = cell;
    this.#sink = sink;
    this.#startedMs = sink.clock.nowMs();
  }

  /** Keeps a finding for the end. */
  note(finding: string): void {
    this.#notes.push(finding);
  }

  async leftover(loader: LoaderKind, { means, entry, kernel }: ArmedBoot): Promise<void> {
    await this.#sink.writeDown({ t: 'boot-leftover', loader, means, entry, kernel, takenBack: true });
  }

  async intent(asked: AskedBoot, loader: LoaderKind, bootIdBefore: string): Promise<void> {
    await this.#sink.writeDown({
      t: 'boot-intent',
      cell: this.#cell,
      loader,
      kernel: asked.kernel ?? null,
      commandLine: asked.commandLine ?? null,
      bios: asked.bios ?? null,
      bootIdBefore,
    });
  }

  /** @param how.host what answers at the end, if anything does */
  async done(how: {
    readonly ok: boolean;
    readonly error?: unknown;
    readonly console: readonly string[];
    readonly host: LabHost | undefined;
    readonly identity?: HostIdentity;
  }): Promise<void> {
    const { ok, error, console, host } = how;
    const identity = how.identity ?? (error instanceof BootFailedError ? error.failure.fallback : null);
    const departures = error instanceof BootNotAsAskedError ? error.departures : [];
    await this.#sink.writeDown({
      t: 'boot-done',
      cell: this.#cell,
      ok,
      kernel: identity?.kernel ?? null,
      bootIdAfter: identity?.bootId ?? host?.observer.hello.bootId ?? null,
      findings: [...departures.map(({ finding }) => finding), ...this.#notes],
      durationMs: Math.max(0, Math.round(this.#sink.clock.nowMs() - this.#startedMs)),
      ...(error instanceof ComebackError ? { code: error.code, message: error.message } : {}),
      ...(console.length === 0 ? {} : { console: [...console] }),
    });
  }
}
