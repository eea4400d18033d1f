import type { Clock } from '../../clock.ts';
import type { HostIdentity } from '../host-files.ts';
import type { KernelLog } from '../kernel-log.ts';
import type { Machine } from '../machine.ts';
import type { CommandChannel } from '../processes.ts';
import type { Occasion, TwinRecord } from '../record.ts';
import type { HostDeath } from './host-acts.ts';
import { HostFaults } from './host-faults.ts';
import type { JumpingClock } from './jumping-clock.ts';
import type { TwinFaultFile } from './load.ts';
import { TappedChannel } from './tapped-channel.ts';
import { functionTruth } from './truth.ts';
import type { VmMoments } from './vm-moments.ts';
import { type ConnectionFate, type Sshd, type TaskFate, WireFaults } from './wire-faults.ts';

/** What the faults of a twin work on, through all its boots. */
export interface FaultedTwin {
  readonly root: string;
  readonly log: KernelLog;
  readonly record: TwinRecord;
  readonly nowMs: () => number;
  readonly clock: Clock;
  /** Jumps where the script says so; undefined where the controller has another. */
  readonly controllerClock: JumpingClock | undefined;
  readonly dies: (how: HostDeath) => void;
  readonly sshd: () => Sshd;
}

const noFaults: TwinFaultFile = { seed: 1, faults: [], wire: [], otherHost: 'unlike' };

/** The fault script of one twin: it knows boots and cycles, hands out what each boot has to fear, and writes down what was true. */
export class TwinFaults {
  readonly #file: TwinFaultFile;
  readonly #twin: FaultedTwin;
  #cycle = 0;
  #boot = 0;
  #bootEnd = new AbortController();
  #wire: WireFaults | undefined;

  constructor(file: TwinFaultFile | undefined, twin: FaultedTwin) {
    this.#file = file ?? noFaults;
    this.#twin = twin;
  }

  /** Aborts as the present boot ends. */
  get bootEnds(): AbortSignal {
    return this.#bootEnd.signal;
  }

  /** Whatever waits in the present boot waits for ever. */
  endBoot(): void {
    this.#bootEnd.abort();
  }

  /** Another boot begins. @returns what its VM tells its moments; call `booted` once the rest of the host is there */
  begin(machine: Machine, identity: HostIdentity): { readonly moments: VmMoments; readonly booted: () => void } {
    this.#bootEnd.abort();
    this.#bootEnd = new AbortController();
    this.#boot++;
    const { record, sshd } = this.#twin;
    const boot = this.#boot;
    const facts = { ...identity, boot };
    const host = {
      ...this.#twin,
      machine,
      kernelRelease: identity.kernelRelease,
      bootEnds: this.bootEnds,
      sshd,
      losesSshd: () => {
        sshd().dropConnections();
      },
    };
    const faults = new HostFaults(this.#file, facts, {
      host,
      vmPid: process.pid,
      told: ({ what, when }, rule, functions) => {
        record.add({ kind: 'befell', what, when, rule, list: 'faults', functions, ...this.#occasion() });
      },
    });
    this.#wire = new WireFaults(this.#file, facts, {
      host,
      cycles: () => faults.cycles,
      told: ({ what, when }, rule) => {
        record.add({ kind: 'befell', what, when, rule, list: 'wire', functions: [], ...this.#occasion() });
      },
    });
    const moments: VmMoments = {
      opens: () => faults.vmOpens(),
      neverOpened: () => {
        faults.vmNeverOpened();
      },
      busReset: (port) =>
        faults.busReset(port, () => {
          record.add({ kind: 'port-restored', port });
        }),
      closed: () => faults.vmClosed(),
      ended: (vm, functions) => {
        const truths = functions.map((address) => functionTruth(machine, address));
        record.add({ kind: 'cycle-truth', vm, functions: truths, ...this.#occasion() });
      },
    };
    return {
      moments,
      booted: () => {
        faults.boots();
      },
    };
  }

  /** A start or a stop by qm has come. */
  taskFate(task: 'start' | 'stop' | 'shutdown'): TaskFate {
    if (task === 'start') this.#cycle++;
    return this.#wire?.taskFate(task === 'start' ? 'qm-start' : 'qm-stop') ?? { acts: true, says: 'the-truth' };
  }

  connects(): ConnectionFate {
    return this.#wire?.connects() ?? 'welcome';
  }

  sessionIsRefused(): boolean {
    return this.#wire?.sessionIsRefused() ?? false;
  }

  /** The channel as its command has it; it is the channel itself where no rule needs to look into it. */
  carried(channel: CommandChannel): CommandChannel {
    const needsTap = this.#file.wire.some(({ what, when }) => when === 'edge' || what.startsWith('cut-'));
    if (!needsTap) return channel;
    return new TappedChannel(channel, {
      onEdgeRequest: () => this.#wire?.edgeRequested(),
      cutOf: (sender) => this.#wire?.cutOf(sender),
      reset: () => {
        this.#twin.sshd().dropConnections();
      },
    });
  }

  #occasion(): Occasion {
    return { cycle: this.#cycle, boot: this.#boot, atMs: this.#twin.nowMs() };
  }
}
