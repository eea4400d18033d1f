import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { PciAddress } from '../pci/address.ts';
import type { BoardFunction } from './board.ts';

/** What of a function changes while the host runs. */
export interface FunctionAttributes {
  readonly driver: string | null;
  readonly enableCount: number;
  readonly powerState: string;
  readonly runtimeStatus: string;
  readonly config: Buffer;
  /** A dead endpoint's Link Status reads 0xffff: speed `Unknown`, width 63 (drivers/pci/pci-sysfs.c). */
  readonly linkAlive: boolean;
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** The PCI part of `/sys` under the twin's root, laid out as the kernel does: real folders in `devices/`, symlinks elsewhere. */
export class PciSysfs {
  readonly #root: string;
  readonly #byAddress: ReadonlyMap<PciAddress, BoardFunction>;
  readonly #content = new Map<string, string>();

  constructor(root: string, board: readonly BoardFunction[]) {
    this.#root = root;
    this.#byAddress = new Map(board.map((fn) => [fn.address, fn]));
    for (const folder of ['bus/pci/devices', 'bus/pci/drivers', 'kernel/iommu_groups', 'class/iommu', 'devices']) {
      mkdirSync(join(root, 'sys', folder), { recursive: true });
    }
    writeFileSync(join(root, 'sys/bus/pci/rescan'), '', { mode: 0o200 });
  }

  /** Folder of a function: every port above it is in its path. */
  deviceFolder(address: PciAddress): string {
    const chain: string[] = [];
    for (let at = this.#byAddress.get(address); at !== undefined;) {
      chain.unshift(at.address);
      at = at.parent === null ? undefined : this.#byAddress.get(at.parent);
    }
    return join(this.#root, 'sys/devices/pci0000:00', ...chain);
  }

  add(fn: BoardFunction, group: number | undefined, attributes: FunctionAttributes): void {
    const folder = this.deviceFolder(fn.address);
    mkdirSync(join(folder, 'power'), { recursive: true });
    const [vendor = '', device = ''] = fn.id.split(':');
    const fixed: readonly (readonly [string, string])[] = [
      ['vendor', `0x${vendor}`],
      ['device', `0x${device}`],
      ['subsystem_vendor', `0x${vendor}`],
      ['subsystem_device', `0x${device}`],
      ['class', hex(fn.classCode, 6)],
      ['revision', hex(fn.revision, 2)],
      ['irq', '0'],
      ['driver_override', '(null)'],
      ['d3cold_allowed', '1'],
      ['power/control', fn.driver === 'pcieport' ? 'auto' : 'on'],
      ...(fn.link === null
        ? []
        : ([
            ['max_link_speed', fn.link.speed],
            ['max_link_width', String(fn.link.width)],
          ] as const)),
      ...(fn.resetMethods.length === 0 ? [] : ([['reset_method', fn.resetMethods.join(' ')]] as const)),
    ];
    for (const [name, value] of fixed) this.#write(join(folder, name), value);
    if (fn.resetMethods.length > 0) writeFileSync(join(folder, 'reset'), '', { mode: 0o200 });
    this.#link(join(folder, 'subsystem'), join(this.#root, 'sys/bus/pci'));
    this.#link(join(this.#root, 'sys/bus/pci/devices', fn.address), folder);
    if (group !== undefined) {
      const groupFolder = join(this.#root, 'sys/kernel/iommu_groups', String(group));
      mkdirSync(join(groupFolder, 'devices'), { recursive: true });
      this.#write(join(groupFolder, 'type'), 'DMA-FQ');
      this.#link(join(groupFolder, 'devices', fn.address), folder);
      this.#link(join(folder, 'iommu_group'), groupFolder);
    }
    this.update(fn, { ...attributes, driver: null });
    this.bind(fn.address, null, attributes.driver);
  }

  remove(address: PciAddress, group: number | undefined, driver: string | null): void {
    const folder = this.deviceFolder(address);
    this.bind(address, driver, null);
    rmSync(join(this.#root, 'sys/bus/pci/devices', address));
    if (group !== undefined) rmSync(join(this.#root, 'sys/kernel/iommu_groups', String(group), 'devices', address));
    rmSync(folder, { recursive: true });
    for (const path of [...this.#content.keys()]) if (path.startsWith(`${folder}/`)) this.#content.delete(path);
  }

  /** Moves the `driver` link and the driver's own link to the function. */
  bind(address: PciAddress, from: string | null, to: string | null): void {
    const link = join(this.deviceFolder(address), 'driver');
    if (from !== null) {
      rmSync(link);
      rmSync(join(this.#root, 'sys/bus/pci/drivers', from, address));
    }
    if (to === null) return;
    const driverFolder = join(this.#root, 'sys/bus/pci/drivers', to);
    mkdirSync(driverFolder, { recursive: true });
    this.#link(link, driverFolder);
    this.#link(join(driverFolder, address), this.deviceFolder(address));
  }

  /** Writes what departs from the last write; the driver is {@link bind}'s. */
  update(fn: BoardFunction, attributes: FunctionAttributes): void {
    const folder = this.deviceFolder(fn.address);
    this.#write(join(folder, 'enable'), String(attributes.enableCount));
    this.#write(join(folder, 'power_state'), attributes.powerState);
    this.#write(join(folder, 'power/runtime_status'), attributes.runtimeStatus);
    if (fn.link !== null) {
      this.#write(join(folder, 'current_link_speed'), attributes.linkAlive ? fn.link.speed : 'Unknown');
      this.#write(join(folder, 'current_link_width'), attributes.linkAlive ? String(fn.link.width) : '63');
    }
    const config = attributes.config.toString('latin1');
    const path = join(folder, 'config');
    const known = this.#content.get(path);
    if (known === config) return;
    this.#content.set(path, config);
    this.#replace(path, attributes.config, known === undefined);
  }

  /** The config space as the file has it, with what clients wrote to it. */
  config(address: PciAddress): Buffer {
    return readFileSync(join(this.deviceFolder(address), 'config'));
  }

  #write(path: string, value: string): void {
    const known = this.#content.get(path);
    if (known === value) return;
    this.#content.set(path, value);
    this.#replace(path, `${value}\n`, known === undefined);
  }

  /** A reader sees the old value or the new one, as with sysfs, never half of one. */
  #replace(path: string, bytes: string | Buffer, isNew: boolean): void {
    if (isNew) {
      writeFileSync(path, bytes);
      return;
    }
    const pending = join(dirname(this.#root), 'pending-attribute');
    writeFileSync(pending, bytes);
    renameSync(pending, path);
  }

  #link(path: string, target: string): void {
    symlinkSync(relative(dirname(path), target), path);
  }
}
