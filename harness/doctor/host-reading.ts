import { ComebackError } from '../errors.ts';
import { detectLoader } from '../host/boot/detect-loader.ts';
import { identityOf } from '../host/identity.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { LibvirtVm } from '../vm/libvirt.ts';
import { ProxmoxVm } from '../vm/proxmox.ts';
import { hostFunctions } from '../vm/vm-gate.ts';
import type { Wait } from '../wait.ts';
import { findingOf } from './check.ts';
import type { FunctionSight } from './function-checks.ts';
import type { BootSight, HostSight } from './host-checks.ts';
import type { VmSight } from './vm-checks.ts';

/**
 * Reads the host from cached values only: nothing wakes a device, nothing is changed, and the lab lock is not taken.
 * Errors as of the observer's requests.
 */
export async function readHost(
  host: LabHostConfig,
  { session, observer }: LabHost,
): Promise<{ readonly host: HostSight; readonly functions: FunctionSight }> {
  const wait: Wait = { timeoutMs: host.timeouts.commandMs };
  const readiness = await observer.readiness(
    host.functions.map(({ address }) => address),
    wait,
  );
  const groups = await observer.groups(wait);
  const { kernelLog, uevents } = observer.hello;
  const identity = identityOf(await observer.identity(wait));
  const boot = await readBoot(session, wait);
  return {
    host: {
      identity,
      readiness,
      groups,
      kernelLog,
      uevents,
      boot,
      lockHolder: await observer.lockHolder(wait),
      stuck: await observer.stuckTasks(wait),
    },
    functions: {
      identity,
      tree: await observer.tree(wait),
      groups,
      usage: await observer.usage(wait),
      resets: readiness.functions,
      holders: readiness.holders,
    },
  };
}

async function readBoot(session: LabHost['session'], wait: Wait): Promise<BootSight> {
  try {
    const loader = await detectLoader(session, wait);
    const kernels = (await loader.kernels(wait)).map(({ version }) => version);
    return { loader: loader.kind, endsBy: loader.endsBy, kernels, armed: await loader.armed(wait) };
  } catch (error) {
    // A loss of the host is told by whatever is asked next.
    if (error instanceof ComebackError) return { unknown: findingOf(error).says };
    throw error;
  }
}

/** Asks the VM manager. @throws VmMissingError, VmManagerError, or what the session throws. */
export async function readVm(host: LabHostConfig, lab: LabHost, functions: FunctionSight): Promise<VmSight> {
  const wait: Wait = { timeoutMs: host.timeouts.commandMs };
  const seen = { holders: functions.holders, onHost: hostFunctions(functions.groups) };
  if (host.vm.manager === 'libvirt') {
    const vm = new LibvirtVm(lab.session, host.vm);
    const settings = { manager: 'libvirt', domain: vm.id, ...(await vm.settings(wait)) } as const;
    return { ...seen, name: vm.name, words: vm.words, status: await vm.status(wait), settings };
  }
  const vm = new ProxmoxVm(lab.session, host.vm.id);
  const settings = { manager: 'proxmox', vmid: vm.id, config: await vm.config(wait) } as const;
  return { ...seen, name: vm.name, words: vm.words, status: await vm.status(wait), settings };
}
