import type { Clock } from '../../clock.ts';
import type { KernelLog } from '../kernel-log.ts';
import { ArmedRule } from './armed-rule.ts';
import { type BootFacts, holdsIn } from './boot-facts.ts';
import { DrawStream } from './draws.ts';
import type { JumpingClock } from './jumping-clock.ts';
import { floodKernelLog } from './kernel-flood.ts';
import type { Cut } from './tapped-channel.ts';
import type { WireMoment, WireRule } from './wire-schema.ts';

/** What becomes of a connection. */
export type ConnectionFate = 'welcome' | 'refused' | 'login-refused' | 'other-key' | 'other-host';

/** What becomes of a start or a stop by qm: whether it acts, and what it says then; `nothing`: it never returns. */
export interface TaskFate {
  readonly acts: boolean;
  readonly says: 'the-truth' | 'ok' | 'failed' | 'already-running' | 'nothing';
}

/** What the wire hangs from. */
export interface WiredHost {
  readonly log: KernelLog;
  readonly clock: Clock;
  readonly controllerClock: JumpingClock | undefined;
  readonly bootEnds: AbortSignal;
  readonly sshd: () => Sshd;
}

/** What its sshd can be made to do. */
export interface Sshd {
  readonly dropConnections: () => void;
  readonly freeze: () => void;
  readonly thaw: () => void;
}

/** Streams of the wire's draws begin here, so that they are none of those of the faults before them. */
const firstStream = 65_536;

const connectionFates: Readonly<Partial<Record<WireRule['what'], ConnectionFate>>> = {
  'sshd-refuses': 'refused',
  'login-refused': 'login-refused',
  'host-key-changed': 'other-key',
  'other-host': 'other-host',
};

/** What befalls the wire in one boot of the host. */
export class WireFaults {
  readonly #armed: readonly ArmedRule<WireRule>[];
  readonly #host: WiredHost;
  readonly #cycles: () => number;
  readonly #told: (rule: WireRule, index: number) => void;
  readonly #cuts = new Map<'observer' | 'command', Cut>();

  /** @param cycles how often a VM has ended in this boot */
  constructor(
    { seed, wire }: { readonly seed: number; readonly wire: readonly WireRule[] },
    facts: BootFacts,
    parts: {
      readonly host: WiredHost;
      readonly cycles: () => number;
      readonly told: (rule: WireRule, index: number) => void;
    },
  ) {
    this.#armed = wire.flatMap((rule, index) =>
      holdsIn(rule.only, facts)
        ? [new ArmedRule(rule, index, new DrawStream(seed, firstStream + index, facts.boot))]
        : [],
    );
    this.#host = parts.host;
    this.#cycles = parts.cycles;
    this.#told = parts.told;
  }

  connects(): ConnectionFate {
    const [fate] = this.#comes('connect').flatMap(({ what }) => connectionFates[what] ?? []);
    return fate ?? 'welcome';
  }

  sessionIsRefused(): boolean {
    return this.#comes('session').some(({ what }) => what === 'sessions-exhausted');
  }

  edgeRequested(): void {
    this.#comes('edge');
  }

  /** What becomes of the task: the first rule that says so decides. */
  taskFate(task: 'qm-start' | 'qm-stop'): TaskFate {
    for (const rule of this.#comes(task)) {
      if (rule.what === 'qm-hangs') return { acts: rule.acted, says: 'nothing' };
      if (rule.what === 'qm-lies') return { acts: rule.says === 'failed', says: rule.says };
    }
    return { acts: true, says: 'the-truth' };
  }

  /** Whether what this sender says next is cut, which it then is but once. */
  cutOf(sender: 'observer' | 'command'): Cut | undefined {
    const cut = this.#cuts.get(sender);
    this.#cuts.delete(sender);
    return cut;
  }

  #comes(moment: WireMoment): WireRule[] {
    const happened = this.#armed
      .filter(({ rule }) => rule.when === moment)
      .filter((rule) => rule.happens(this.#cycles()));
    for (const { rule, index } of happened) {
      this.#told(rule, index);
      this.#act(rule);
    }
    // A connection that is gone says nothing more that could be cut.
    if (happened.some(({ rule }) => rule.what === 'ssh-reset')) this.#cuts.clear();
    return happened.map(({ rule }) => rule);
  }

  #act(rule: WireRule): void {
    const { log, controllerClock, sshd } = this.#host;
    switch (rule.what) {
      case 'ssh-reset':
        sshd().dropConnections();
        return;
      case 'half-open':
        sshd().freeze();
        if (rule.thawMs !== undefined) void this.#thawAfter(rule.thawMs);
        return;
      case 'cut-line':
        this.#cuts.set(rule.when === 'edge' ? 'observer' : 'command', 'line');
        return;
      case 'cut-character':
        this.#cuts.set(rule.when === 'edge' ? 'observer' : 'command', 'character');
        return;
      case 'kmsg-flood':
        floodKernelLog(log, rule.megabytes, rule.garbled);
        return;
      case 'clock-jump':
        controllerClock?.jump(rule.seconds * 1000);
        return;
      default:
        // Of one connection, session or task: whoever asked does it.
        return;
    }
  }

  async #thawAfter(durationMs: number): Promise<void> {
    const { clock, bootEnds, sshd } = this.#host;
    await clock.sleep(durationMs, bootEnds).catch((error: unknown) => {
      if (!bootEnds.aborted) throw error;
    });
    if (!bootEnds.aborted) sshd().thaw();
  }
}
