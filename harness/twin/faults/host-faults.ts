import type { PciAddress } from '../../pci/address.ts';
import type { FaultMoment } from '../../virtual-lab/faults/kinds.ts';
import type { Place } from '../../virtual-lab/faults/places.ts';
import type { FaultRule } from '../../virtual-lab/faults/schema.ts';
import { kernelLevels } from '../kernel-log.ts';
import { ArmedRule } from './armed-rule.ts';
import type { BootFacts } from './boot-facts.ts';
import { holdsIn } from './boot-facts.ts';
import { DrawStream } from './draws.ts';
import { type FaultedHost, hang, never, strike, type Target, waitInVain } from './host-acts.ts';
import { twinPlaces } from './places.ts';
import type { Stall } from './vm-moments.ts';

/** Of the whole host: what they name is only the port whose reset brings them. */
const wholeHost: ReadonlySet<FaultRule['what']> = new Set([
  'hang-on-reset',
  'kernel-panic',
  'sshd-dies',
  'spontaneous-reboot',
  'no-boot',
]);

/** Told of each rule that came true. */
export type OnFault = (rule: FaultRule, index: number, functions: readonly PciAddress[]) => void;

/** The faults of one boot, in the order and with the counts of virtual-lab/module/rules.c and events.c. */
export class HostFaults {
  readonly #armed: readonly ArmedRule<FaultRule>[];
  readonly #places: ReadonlyMap<PciAddress, Place>;
  readonly #host: FaultedHost;
  readonly #vmPid: number;
  readonly #told: OnFault;
  /** Ports whose functions the kernel waits for after each reset. */
  readonly #waitedFor = new Set<PciAddress>();
  readonly #removals: PciAddress[] = [];
  #open = false;
  #cycles = 0;

  constructor(
    { seed, faults }: { readonly seed: number; readonly faults: readonly FaultRule[] },
    facts: BootFacts,
    { host, vmPid, told }: { readonly host: FaultedHost; readonly vmPid: number; readonly told: OnFault },
  ) {
    this.#armed = faults.flatMap((rule, index) =>
      holdsIn(rule.only, facts) ? [new ArmedRule(rule, index, new DrawStream(seed, index, facts.boot))] : [],
    );
    this.#places = twinPlaces();
    this.#host = host;
    this.#vmPid = vmPid;
    this.#told = told;
  }

  /** How often a VM has ended in this boot. */
  get cycles(): number {
    return this.#cycles;
  }

  boots(): void {
    void this.#comes('boot');
  }

  vmOpens(): Stall {
    this.#open = true;
    return this.#comes('vm-start');
  }

  vmNeverOpened(): void {
    this.#open = false;
  }

  vmClosed(): Stall {
    this.#open = false;
    const counted = (): void => {
      this.#cycles++;
    };
    const stall = this.#comes('vm-stop');
    if (stall !== undefined) return stall.then(counted);
    counted();
    return undefined;
  }

  /** @returns once the bus is out of its reset, and the port as the kernel leaves it */
  busReset(port: PciAddress, restored: () => void): Stall {
    const { machine, kernelRelease } = this.#host;
    const before = kernelRelease.endsWith('-bridgefix') ? machine.injuryOf(port) : undefined;
    const after = (): Stall => {
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(machine.injuryOf(port))) {
        machine.setInjury(port, before);
        restored();
      }
      return this.#waitedFor.has(port) ? waitInVain(port, this.#vmPid, this.#host) : undefined;
    };
    const stall = this.#comes('bus-reset', port);
    return stall === undefined ? after() : stall.then(after);
  }

  #comes(moment: FaultMoment, port?: PciAddress, from = 0): Stall {
    for (const [at, armed] of this.#armed.entries()) {
      const { rule } = armed;
      if (at < from || rule.when !== moment || (port !== undefined && !this.#isAt(rule, port))) continue;
      if (!armed.happens(this.#cycles)) continue;
      const stall = this.#act(armed);
      // Whoever comes to the next rule has slept first.
      if (stall !== undefined) return stall.then(() => this.#comes(moment, port, at + 1));
    }
    if (!this.#open) this.#removePending();
    return undefined;
  }

  #isAt(rule: FaultRule, port: PciAddress): boolean {
    return rule.where === undefined || this.#places.get(rule.where)?.port === port;
  }

  #target({ what, where }: FaultRule): Target {
    const place = where === undefined || wholeHost.has(what) ? undefined : this.#places.get(where);
    return { port: place?.port, function: place?.function };
  }

  #act({ rule, index }: ArmedRule<FaultRule>): Stall {
    const { what } = rule;
    const target = this.#target(rule);
    const tell = (functions: readonly PciAddress[] = []): void => {
      this.#told(rule, index, functions);
    };
    switch (what) {
      case 'hang-on-reset':
        tell();
        return hang(rule.seconds, this.#vmPid, this.#host);
      case 'kernel-panic':
      case 'no-boot':
      case 'spontaneous-reboot':
        tell();
        this.#die(rule);
        return never;
      case 'sshd-dies':
        tell();
        this.#host.losesSshd();
        return undefined;
      case 'function-removed':
        if (target.function !== undefined && this.#host.machine.isPresent(target.function)) {
          this.#removals.push(target.function);
          tell([target.function]);
        }
        return undefined;
      default: {
        const struck = strike(what, target, this.#host);
        if (struck !== undefined) tell(struck);
        if (rule.kernelWaits === true && target.port !== undefined) this.#waitedFor.add(target.port);
        return undefined;
      }
    }
  }

  #die({ what, thenReboots }: FaultRule): void {
    const { log, dies } = this.#host;
    if (what === 'spontaneous-reboot') {
      dies('reboot');
      return;
    }
    const why = what === 'no-boot' ? 'VFS: Unable to mount root fs on unknown-block(0,0)' : 'Fatal exception';
    dies(thenReboots === true ? 'panic-then-reboot' : 'panic');
    // Nobody reads it any more but a console.
    log.append(`Kernel panic - not syncing: ${why}`, kernelLevels.emergency);
  }

  #removePending(): void {
    for (const address of this.#removals.splice(0)) this.#host.machine.remove(address);
  }
}
