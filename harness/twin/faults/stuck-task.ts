import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where in a reset a task sleeps: the names on its stack, the innermost first (drivers/pci/pci.c, drivers/vfio/pci/vfio_pci_core.c). */
const stacks = {
  reset: ['pci_reset_secondary_bus', 'pci_bridge_secondary_bus_reset', 'pci_bus_reset', 'pci_reset_bus'],
  wait: ['pci_dev_wait', 'pci_bridge_wait_for_secondary_bus', 'pci_bus_reset', 'pci_reset_bus'],
} as const;

/** A task of the host that no signal reaches, as /proc shows it (proc(5)), until it is disposed. */
export class StuckTask implements Disposable {
  readonly #folder: string;

  /** @param pid of the VM's process: its main thread is the one that resets. */
  constructor(root: string, pid: number, where: keyof typeof stacks) {
    this.#folder = join(root, 'proc', String(pid));
    const task = join(this.#folder, 'task', String(pid));
    mkdirSync(task, { recursive: true });
    writeFileSync(join(this.#folder, 'comm'), 'kvm\n');
    writeFileSync(join(task, 'stat'), `${pid} (kvm) D 1 ${pid} ${pid} 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 3 0 1\n`);
    const frames = [...stacks[where], 'vfio_pci_dev_set_hot_reset'];
    writeFileSync(join(task, 'stack'), frames.map((name) => `[<0>] ${name}+0x4c/0x90\n`).join(''));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
