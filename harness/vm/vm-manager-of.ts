import type { VmConfig } from '../inventory/config.ts';
import type { SshSession } from '../ssh/session.ts';
import { LibvirtVm } from './libvirt.ts';
import type { VmManager } from './manager.ts';
import { ProxmoxVm, proxmoxDriverAfterStop } from './proxmox.ts';

/** What a run settles about its VM before the host is first spoken to. */
export interface PlannedVm {
  readonly manager: VmConfig['manager'];
  readonly id: string;
  /** The driver that stays on a function after a stop; null where each goes back to the one that it had in the baseline. */
  readonly driverAfterStop: string | null;
}

/** The VM that the inventory names, on a host that is connected. */
export function vmManagerOf(config: VmConfig, session: SshSession): VmManager {
  return config.manager === 'proxmox' ? new ProxmoxVm(session, config.id) : new LibvirtVm(session, config);
}

export function plannedVmOf(config: VmConfig): PlannedVm {
  return config.manager === 'proxmox'
    ? { manager: config.manager, id: String(config.id), driverAfterStop: proxmoxDriverAfterStop }
    : { manager: config.manager, id: config.domain, driverAfterStop: null };
}
