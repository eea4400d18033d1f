import { hostname, userInfo } from 'node:os';
import type { SoakPlan, SoakWorld } from '../cycle/plan.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { LabHost } from '../host/lab-host.ts';
import type { SshTarget } from '../ssh/target.ts';
import { ProxmoxVm, proxmoxDriverAfterStop } from '../vm/proxmox.ts';
import { comebackVersion } from './version.ts';

/** The plan that the inventory's words on a host come to. */
export function soakPlan(host: LabHostConfig, run: string, cycles: number): SoakPlan {
  return {
    run,
    host: host.name,
    comebackVersion,
    identity: host.identity,
    acsOverride: host.override?.acs,
    functions: host.functions,
    vm: { manager: host.vm.manager, id: String(host.vm.id), driverAfterStop: proxmoxDriverAfterStop },
    owner: `run ${run} of ${userInfo().username} on ${hostname()}, process ${process.pid}`,
    cycles,
    settle: host.settle,
    timeouts: host.timeouts,
  };
}

/** The parts of a run's world that follow from the host alone. */
export function labOf(host: LabHostConfig, target: SshTarget): Pick<SoakWorld, 'connect' | 'reconnect' | 'vmOn'> {
  return {
    connect: (wait) => LabHost.connect(target, wait),
    reconnect: (wait) => LabHost.reconnect(target, wait),
    vmOn: ({ session }) => new ProxmoxVm(session, host.vm.id),
  };
}

/** `2026-11-22T07-28-09Z-virtual`: sorts by time, holds no character that a file system or a shell minds. */
export function runName(host: string, nowMs: number): string {
  return `${new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}-${host}`;
}
