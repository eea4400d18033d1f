import type { PciAddress } from '../pci/address.ts';
import type { BoardFunction } from './board.ts';
import { conditionOf, configSpace, deadConfigSpace, type PortCondition } from './config-space.ts';
import type { PciSysfs } from './sysfs.ts';
import type { DeathCause, TwinRecord } from './record.ts';

/** What a port can suffer that takes all below it along. */
export interface PortInjury {
  readonly busNumbersLost: boolean;
  readonly slotPoweredOff: boolean;
  readonly linkDown: boolean;
}

interface FunctionState {
  readonly fn: BoardFunction;
  readonly multifunction: boolean;
  present: boolean;
  driver: string | null;
  open: boolean;
  killed: boolean;
  busNumbersLost: boolean;
  slotPoweredOff: boolean;
  linkDown: boolean;
}

/** The functions of the twin's board as they are now; every change goes to the tree on disk at once. */
export class Machine {
  readonly #states: ReadonlyMap<PciAddress, FunctionState>;
  readonly #groups: ReadonlyMap<PciAddress, number>;
  readonly #sysfs: PciSysfs;
  readonly #record: TwinRecord;

  constructor(
    board: readonly BoardFunction[],
    groups: ReadonlyMap<PciAddress, number>,
    sysfs: PciSysfs,
    record: TwinRecord,
  ) {
    const slotOf = (address: PciAddress): string => address.slice(0, -2);
    this.#states = new Map(
      board.map((fn) => [
        fn.address,
        {
          fn,
          multifunction: board.some((other) => other !== fn && slotOf(other.address) === slotOf(fn.address)),
          present: true,
          driver: fn.driver,
          open: false,
          killed: false,
          busNumbersLost: false,
          slotPoweredOff: false,
          linkDown: false,
        },
      ]),
    );
    this.#groups = groups;
    this.#sysfs = sysfs;
    this.#record = record;
    for (const state of this.#states.values())
      sysfs.add(state.fn, groups.get(state.fn.address), this.#attributes(state));
  }

  /** Functions in the PCI listing whose address starts with `prefix` (`0000:2b:00` is all functions of a slot). */
  functionsAt(prefix: string): readonly PciAddress[] {
    return [...this.#states.values()]
      .filter((state) => state.present && state.fn.address.startsWith(prefix))
      .map((state) => state.fn.address);
  }

  /** As {@link functionsAt}, with those that the kernel has dropped. */
  onBoardAt(prefix: string): readonly PciAddress[] {
    return [...this.#states.keys()].filter((address) => address.startsWith(prefix));
  }

  isPresent(address: PciAddress): boolean {
    return this.#state(address).present;
  }

  group(address: PciAddress): number | undefined {
    return this.#groups.get(address);
  }

  /** Members of a group that a VM's start would take from the host: bridges stay (PVE::SysFSTools). */
  nonBridgesOfGroup(group: number): readonly PciAddress[] {
    return [...this.#states.values()]
      .filter((state) => state.present && this.#groups.get(state.fn.address) === group && state.fn.buses === null)
      .map((state) => state.fn.address);
  }

  /** Every function of one bus: what a reset of the port above them would hit. */
  functionsBelow(port: PciAddress): readonly PciAddress[] {
    return [...this.#states.values()].filter((state) => state.fn.parent === port).map((state) => state.fn.address);
  }

  board(address: PciAddress): BoardFunction {
    return this.#state(address).fn;
  }

  driver(address: PciAddress): string | null {
    return this.#state(address).driver;
  }

  isDead(address: PciAddress): boolean {
    return (
      this.#state(address).killed ||
      this.#portAbove(address, (port) => port.killed || port.busNumbersLost || port.slotPoweredOff || port.linkDown)
    );
  }

  /** Everything that keeps the function from answering; empty while it is alive. */
  whyDead(address: PciAddress): readonly DeathCause[] {
    const causes: readonly (readonly [DeathCause, boolean])[] = [
      ['killed', this.#state(address).killed || this.#portAbove(address, (port) => port.killed)],
      ['bridge-config-lost', this.#portAbove(address, (port) => port.busNumbersLost)],
      ['slot-power-off', this.#portAbove(address, (port) => port.slotPoweredOff)],
      ['link-down', this.#portAbove(address, (port) => port.linkDown)],
    ];
    return causes.filter(([, applies]) => applies).map(([cause]) => cause);
  }

  /** What the port suffers now. */
  injuryOf(port: PciAddress): PortInjury {
    const { busNumbersLost, slotPoweredOff, linkDown } = this.#port(port);
    return { busNumbersLost, slotPoweredOff, linkDown };
  }

  /** Puts a port back to what {@link injuryOf} said before. */
  setInjury(port: PciAddress, injury: PortInjury): void {
    Object.assign(this.#port(port), injury);
    this.#publishWithChildren(port);
  }

  /** The function is alive but its port forgot which bus it leads to. */
  isCutOff(address: PciAddress): boolean {
    return this.#portAbove(address, (port) => port.busNumbersLost);
  }

  bind(address: PciAddress, driver: string | null): void {
    const state = this.#state(address);
    if (state.driver === driver) return;
    this.#sysfs.bind(address, state.driver, driver);
    state.driver = driver;
    this.#publish(state);
    this.#record.add({ kind: 'bound', function: address, driver });
  }

  /** A VM opens or closes the function: vfio-pci enables it and wakes it, or lets it sleep in D3hot. */
  setOpen(address: PciAddress, open: boolean): void {
    const state = this.#state(address);
    state.open = open;
    this.#publish(state);
  }

  /** The function stops answering, as when its slot loses power; the kernel is not told. */
  kill(address: PciAddress): void {
    this.#state(address).killed = true;
    this.#publishWithChildren(address);
  }

  /** It answers again, and a port has its bus numbers, the power of its slot and its link back. */
  revive(address: PciAddress): void {
    const state = this.#state(address);
    state.killed = false;
    state.busNumbersLost = false;
    state.slotPoweredOff = false;
    state.linkDown = false;
    this.#publishWithChildren(address);
  }

  /** The port's secondary and subordinate bus numbers read zero, so nothing below it can be reached. */
  loseBusNumbers(port: PciAddress): void {
    this.#port(port).busNumbersLost = true;
    this.#publishWithChildren(port);
  }

  /** The port's Slot Control is told to take the power of its slot away. @throws RangeError where there is no such slot */
  powerOffSlot(port: PciAddress): void {
    const state = this.#port(port);
    if (!state.fn.slot) throw new RangeError(`${port} has no slot whose power could be switched off`);
    state.slotPoweredOff = true;
    this.#publishWithChildren(port);
  }

  /** The port's Link Control is told to take its link down. */
  disableLink(port: PciAddress): void {
    this.#port(port).linkDown = true;
    this.#publishWithChildren(port);
  }

  /** An injured port that was told its bus numbers, its link or the power of its slot anew has them again, and all below it answers. */
  hearConfigWrites(): void {
    for (const { fn, present, busNumbersLost, slotPoweredOff, linkDown } of this.#states.values()) {
      const injured = busNumbersLost || slotPoweredOff || linkDown;
      if (fn.buses === null || !present || !injured || this.isDead(fn.address)) continue;
      const { buses, ...told } = conditionOf(this.#sysfs.config(fn.address), fn.slot);
      this.setInjury(fn.address, { busNumbersLost: buses.join() !== fn.buses.join(), ...told });
    }
  }

  /** The kernel drops the function from its listing. */
  remove(address: PciAddress): void {
    const state = this.#state(address);
    if (!state.present) return;
    this.#sysfs.remove(address, this.#groups.get(address), state.driver);
    state.present = false;
    state.driver = null;
  }

  #state(address: PciAddress): FunctionState {
    const state = this.#states.get(address);
    if (state === undefined) throw new RangeError(`the twin's board has no function ${address}`);
    return state;
  }

  #port(address: PciAddress): FunctionState {
    const state = this.#state(address);
    if (state.fn.buses === null) throw new RangeError(`${address} is no bridge`);
    return state;
  }

  #portAbove(address: PciAddress, is: (port: FunctionState) => boolean): boolean {
    for (let parent = this.#state(address).fn.parent; parent !== null; parent = this.#state(parent).fn.parent) {
      if (is(this.#state(parent))) return true;
    }
    return false;
  }

  #attributes(state: FunctionState) {
    const dead = this.isDead(state.fn.address);
    const idleOnVfio = state.driver === 'vfio-pci' && !state.open;
    return {
      driver: state.driver,
      enableCount: state.driver === null || idleOnVfio ? 0 : 1,
      powerState: idleOnVfio ? 'D3hot' : 'D0',
      runtimeStatus: idleOnVfio ? 'suspended' : 'active',
      config: dead ? deadConfigSpace : configSpace(state.fn, state.multifunction, portCondition(state)),
      linkAlive: !dead,
    };
  }

  #publish(state: FunctionState): void {
    if (state.present) this.#sysfs.update(state.fn, this.#attributes(state));
  }

  #publishWithChildren(address: PciAddress): void {
    this.#publish(this.#state(address));
    for (const child of this.functionsBelow(address)) this.#publishWithChildren(child);
  }
}

function portCondition({ fn, busNumbersLost, slotPoweredOff, linkDown }: FunctionState): PortCondition | null {
  return fn.buses === null ? null : { buses: busNumbersLost ? [0, 0] : fn.buses, slotPoweredOff, linkDown };
}
