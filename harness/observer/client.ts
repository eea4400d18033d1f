import type { z } from 'zod';
import type { PciAddress } from '../pci/address.ts';
import type { FunctionHealth, Holder, StuckTask } from '../pci/health.ts';
import type { PciTree } from '../pci/reset-scope.ts';
import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';
import { type Answer, type Hello, ObserverConnection } from './connection.ts';
import { type LabTakenOverError, type ObserverLostError, ObserverProtocolError } from './errors.ts';
import { addressIn, Mirror, type ObserverState } from './mirror.ts';
import * as protocol from './protocol.ts';
import { Readings } from './readings.ts';

/** Health of functions at one moment, with the proof of which boot it was. */
export interface EdgeSight {
  readonly bootId: string;
  /** CLOCK_MONOTONIC of the host, in seconds, once everything was read. */
  readonly monoSeconds: number;
  readonly functions: ReadonlyMap<PciAddress, FunctionHealth>;
  readonly holders: readonly Holder[];
  readonly stuck: readonly StuckTask[];
}

/** The longest that the host waits for a read of config space before it calls it hung. */
const maxEdgeMs = 10_000;

/**
 * Sends the observer over the session and starts it. Nothing is installed; it is gone when the session is.
 *
 * @throws ObserverLostError where perl is missing or dies, DeadlineError, or what the session throws.
 */
export async function startObserver(session: SshSession, wait: Wait): Promise<Observer> {
  return await Observer.start(session, wait);
}

/**
 * The observer that runs on a lab host, and what it has told so far.
 * Every request can throw DeadlineError, ObserverLostError, ObserverRequestError, or the reason of the caller's signal.
 */
export class Observer implements AsyncDisposable {
  /** Who the observer is and which boot it sees; its first words. */
  readonly hello: Hello;
  readonly #connection: ObserverConnection;
  readonly #mirror: Mirror;
  readonly #readings = new Readings();
  readonly #listeners: Set<(event: protocol.ObserverEvent) => void>;

  private constructor(
    connection: ObserverConnection,
    hello: Hello,
    mirror: Mirror,
    listeners: Set<(event: protocol.ObserverEvent) => void>,
  ) {
    this.#connection = connection;
    this.hello = hello;
    this.#mirror = mirror;
    this.#listeners = listeners;
  }

  /** As {@link startObserver}. */
  static async start(session: SshSession, wait: Wait): Promise<Observer> {
    const mirror = new Mirror();
    const listeners = new Set<(event: protocol.ObserverEvent) => void>();
    const { connection, hello } = await ObserverConnection.start(session, wait, (event) => {
      mirror.apply(event);
      for (const listener of listeners) listener(event);
    });
    return new Observer(connection, hello, mirror, listeners);
  }

  /** Settles when the observer is gone without our doing. Never rejects. */
  get lost(): Promise<ObserverLostError | LabTakenOverError> {
    return this.#connection.lost;
  }

  get state(): ObserverState {
    return this.#mirror;
  }

  /** Whether the observer is alive, what its clock says, and how often its cheap tier has looked so far. */
  async ping(wait: Wait): Promise<{ readonly monoSeconds: number; readonly samples: number }> {
    const answer = await this.#connection.request('ping', [], wait);
    return { monoSeconds: answer.mono, samples: parse(protocol.pingResult, answer).samples };
  }

  async identity(wait: Wait): Promise<protocol.IdentityReading> {
    return parse(protocol.identityReading, await this.#connection.request('identity', [], wait));
  }

  async groups(wait: Wait): Promise<protocol.GroupsReading> {
    return parse(protocol.groupsReading, await this.#connection.request('groups', [], wait));
  }

  /** Every function of the host, in a group or not. */
  async tree(wait: Wait): Promise<PciTree> {
    const reading = parse(protocol.treeReading, await this.#connection.request('tree', [], wait));
    return reading.map(({ address, parent, ...rest }) => ({
      ...rest,
      address: addressIn(address),
      parent: parent === null ? null : addressIn(parent),
    }));
  }

  /** What else than the watched VM would end with the host: virtual machines and containers, in words. */
  async otherGuests(wait: Wait): Promise<readonly string[]> {
    const guests = parse(protocol.guestsReading, await this.#connection.request('guests', [], wait));
    return guests.map(({ pid, command }) => `${command} (pid ${pid})`);
  }

  /** Tasks that wait for a reset where no signal reaches them. */
  async stuckTasks(wait: Wait): Promise<readonly StuckTask[]> {
    return parse(protocol.stuckTasks, await this.#connection.request('stuck-tasks', [], wait));
  }

  async usage(wait: Wait): Promise<protocol.UsageReading> {
    return parse(protocol.usageReading, await this.#connection.request('usage', [], wait));
  }

  /** What a run needs of the host besides its hardware, and how it can reset these functions. Wakes and changes nothing. */
  async readiness(functions: readonly PciAddress[], wait: Wait): Promise<protocol.ReadinessReading> {
    return parse(protocol.readinessReading, await this.#connection.request('readiness', functions, wait));
  }

  /** Who has the lab lock, null where nobody does. It stays as it is. */
  async lockHolder(wait: Wait): Promise<protocol.LockHolder | null> {
    return parse(protocol.lockHolderReading, await this.#connection.request('lock-holder', [], wait)).holder;
  }

  /** Asks whoever has the lab lock to leave it to a new owner. Whether it does, the next {@link lock} tells. */
  async askToGiveWay(owner: string, wait: Wait): Promise<void> {
    await this.#connection.request('give-way', [encodeURIComponent(owner)], wait);
  }

  /** Ends the observer that holds the lab lock. @throws ObserverRequestError where this process is none, or does not hold it. */
  async oust(pid: number, signal: 'TERM' | 'KILL', wait: Wait): Promise<void> {
    await this.#connection.request('oust', [String(pid), signal], wait);
  }

  /** Takes the lab lock, or learns who has it. The host's kernel gives it free when this observer ends, however it ends. */
  async lock(owner: string, wait: Wait): Promise<protocol.LockReading> {
    return parse(protocol.lockReading, await this.#connection.request('lock', [encodeURIComponent(owner)], wait));
  }

  /** Watches these functions, and the host's PCI listing, instead of what was watched before. `state` is filled on return. */
  async watch(functions: readonly PciAddress[], wait: Wait): Promise<void> {
    this.#mirror.watchOnly(functions);
    await this.#connection.request('watch', functions, wait);
  }

  /** @param pidFile absolute path on the host. `state.vmPid` is known on return. */
  async watchVm(pidFile: string, wait: Wait): Promise<void> {
    await this.#connection.request('watch-vm', [encodeURIComponent(pidFile)], wait);
  }

  /** Whether the VM that is watched is there now. The news may be behind what a manager says: where they know of none, the observer looks again. */
  async vmIsThere(wait: Wait): Promise<boolean> {
    if (this.state.vmPid === null) await this.#connection.request('look', [], wait);
    return this.state.vmPid !== null;
  }

  /** The process of the VM that is watched; null where it is gone. */
  async vmProcess(wait: Wait): Promise<protocol.VmProcess | null> {
    return parse(protocol.vmProcessReading, await this.#connection.request('vm-process', [], wait));
  }

  /** Sends a signal to this very process, and to no later one of its number. @throws ObserverRequestError where it is gone. */
  async signalVm({ pid, start }: protocol.VmProcess, signal: 'TERM' | 'KILL', wait: Wait): Promise<void> {
    await this.#connection.request('signal-vm', [String(pid), start, signal], wait);
  }

  /**
   * Has the kernel tell every reset from now on, as events `trace`, until the observer ends. It puts probes on the kernel's functions
   * and takes them off again; nobody else's tracing is touched.
   *
   * @throws ObserverRequestError where this kernel cannot, with the reason.
   */
  async traceResets(wait: Wait): Promise<protocol.TracingReading> {
    return parse(protocol.tracingResult, await this.#connection.request('trace-resets', [], wait));
  }

  /** Until every event was told of what the kernel has said, in its log and to the probes, up to this request. */
  async catchUp(wait: Wait): Promise<void> {
    await this.#connection.request('catch-up', [], wait);
  }

  /**
   * Reads config space and link of each function, and config space and PCI Express capability of the port above it. This can wake a device:
   * the caller writes an intervention down first. The host gives up after four fifths of the wait, at most 10 s.
   *
   * @throws EdgeReadHungError where a read does not come back.
   */
  async edge(functions: readonly PciAddress[], wait: Wait): Promise<EdgeSight> {
    const deadlineMs = Math.max(1, Math.floor(Math.min(wait.timeoutMs * 0.8, maxEdgeMs)));
    const words = [String(deadlineMs), String(this.#readings.last), ...functions];
    const answer = await this.#connection.request('edge', words, wait);
    const result = parse(protocol.edgeResult, answer);
    const health = new Map<PciAddress, FunctionHealth>();
    for (const address of functions) {
      const said = result.functions[address];
      if (said === undefined) throw new ObserverProtocolError(`no reading of ${address}`, JSON.stringify(result));
      health.set(address, this.#readings.take(address, said));
    }
    const { holders, stuck } = result.tasks;
    return {
      bootId: result.bootId,
      monoSeconds: answer.mono,
      functions: health,
      holders: holders.map((holder) => ({ ...holder, functions: holder.functions.map(addressIn) })),
      stuck,
    };
  }

  /** Calls the listener with every event from now on, in the order in which the host told them. It must not throw. */
  onEvent(listener: (event: protocol.ObserverEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Waits until the state is as wanted: looks at once, has the host look at once where that is not enough, and then after every event.
   * What has happened before the call is thus seen after one round trip, not with the next tick of the cheap tier.
   *
   * @param what for the message when the deadline passes: "Waited 5.0 s for {what} in vain."
   * @throws DeadlineError, ObserverLostError, or the reason of the caller's signal.
   */
  async until(predicate: (state: ObserverState) => boolean, wait: Wait, what: string): Promise<void> {
    let look: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
      look = () => {
        if (predicate(this.#mirror)) resolve();
      };
    });
    const listening = this.onEvent(look);
    try {
      if (this.#connection.pending.ended === undefined && predicate(this.#mirror)) return;
      this.#connection.order('look');
      await this.#connection.pending.wait(seen, wait, what);
    } finally {
      listening[Symbol.dispose]();
    }
  }

  /** Ends the observer on the host; what still waits for it rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}

function parse<T>(schema: z.ZodType<T>, answer: Answer): T {
  const parsed = schema.safeParse(answer.result);
  if (parsed.success) return parsed.data;
  throw new ObserverProtocolError('in a reply', JSON.stringify(answer.result), parsed.error);
}
