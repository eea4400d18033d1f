import type { GateResult } from '../host/gate.ts';
import { functionsGate } from '../host/functions-gate.ts';
import { lifelinesGate } from '../host/lifelines-gate.ts';
import { passthroughGroups, splitGate } from '../host/groups.ts';
import { identityGate, identityOf } from '../host/identity.ts';
import type { LabHost } from '../host/lab-host.ts';
import { overrideAdvice } from '../host/acs-override.ts';
import type { PciAddress } from '../pci/address.ts';
import type { HostIdentity, IommuGroup } from '../journal/events.ts';
import type { VmManager } from '../vm/manager.ts';
import { type HostFunction, hostFunctions, vmGate } from '../vm/vm-gate.ts';
import type { Wait } from '../wait.ts';
import type { SoakPlan } from './plan.ts';

/** What the host is, read without touching anything: only cached values, nothing that could wake a device. */
export interface HostSurvey {
  readonly identity: HostIdentity;
  readonly groups: readonly IommuGroup[];
  /** Every function of the host that is in an IOMMU group. */
  readonly onHost: readonly HostFunction[];
  /** Gates on the host itself: who it is, what sits where, who shares a group with whom. */
  readonly gates: readonly GateResult[];
}

/**
 * Reads the host and checks it against the plan. A closed gate is a result here; `requireOpen` makes it a refusal.
 *
 * @param functionsWereSeen all of them, in this boot of the host.
 */
export async function surveyHost(plan: SoakPlan, host: LabHost, functionsWereSeen = false): Promise<HostSurvey> {
  const wait: Wait = { timeoutMs: plan.timeouts.commandMs };
  const identity = identityOf(await host.observer.identity(wait));
  const readings = await host.observer.groups(wait);
  const passedThrough = new Set(plan.functions.map(({ address }) => address));
  const usage = await host.observer.usage(wait);
  const groups = passthroughGroups(readings, usage, passedThrough);
  const onHost = hostFunctions(readings);
  // One that is gone since it was seen was lost, which is what the run is there to tell.
  const isGone = (address: PciAddress): boolean => !onHost.some((one) => one.address === address);
  const expected = plan.functions.filter(({ address }) => !(functionsWereSeen && isGone(address)));
  const split = splitGate(groups, new Set(expected.map(({ address }) => address)));
  return {
    identity,
    groups,
    onHost,
    gates: [
      identityGate(plan.identity, identity),
      functionsGate(expected, readings),
      lifelinesGate(usage, passedThrough),
      split.passed ? split : { ...split, findings: [...split.findings, ...overrideAdvice(plan.acsOverride, identity)] },
    ],
  };
}

/** The gate on the VM. It asks the VM manager, which changes nothing. */
export async function surveyVm(plan: SoakPlan, vm: VmManager, onHost: readonly HostFunction[]): Promise<GateResult> {
  const status = await vm.status({ timeoutMs: plan.timeouts.commandMs });
  return vmGate(
    vm,
    status,
    plan.functions.map(({ address }) => address),
    onHost,
  );
}
