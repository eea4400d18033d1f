import { hostname, userInfo } from 'node:os';
import type { SoakPlan } from '../cycle/plan.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { CellRequest, StopRules } from '../journal/events.ts';
import { plannedVmOf } from '../vm/vm-manager-of.ts';
import { guestExpectation } from './guest-expectation.ts';
import { commandLineOf } from './command-line-of.ts';
import { type RecoveryOptions, recoveryPolicy } from './recovery-policy.ts';
import { comebackVersion } from './version.ts';

/** What a command asks for beside the inventory. */
export interface PlanOptions {
  /** Absent where their number has no limit. */
  readonly cycles?: number | undefined;
  readonly stopRules?: StopRules | undefined;
  readonly bisect?: string | undefined;
  readonly cell?: CellRequest | undefined;
  /** What a person types to go on once the run is parked. */
  readonly resumeCommand?: string;
  readonly flashIsOver?: boolean;
  readonly acceptLastingPin?: boolean;
  readonly takeOver?: boolean;
  readonly recovery?: RecoveryOptions;
}

/** The plan that the inventory's words on a host come to. */
export function soakPlan(host: LabHostConfig, run: string, options: PlanOptions): SoakPlan {
  return {
    run,
    host: host.name,
    comebackVersion,
    identity: host.identity,
    acsOverride: host.override?.acs,
    functions: host.functions,
    vm: plannedVmOf(host.vm),
    owner: `run ${run} of ${userInfo().username} on ${hostname()}, process ${process.pid}`,
    takeOver: options.takeOver ?? false,
    cycles: options.cycles,
    stopRules: options.stopRules ?? {},
    bisect: options.bisect,
    cell: options.cell,
    resumeCommand: options.resumeCommand ?? commandLineOf(['soak', '--resume', run], {}),
    flashIsOver: options.flashIsOver ?? false,
    acceptLastingPin: options.acceptLastingPin ?? false,
    recovery: recoveryPolicy(host, options.recovery ?? {}),
    guest: guestExpectation(host),
    settle: host.settle,
    timeouts: host.timeouts,
  };
}

/** `2026-11-22T07-28-09Z-virtual`: sorts by time, holds no character that a file system or a shell minds. */
export function runName(host: string, nowMs: number): string {
  return `${new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}-${host}`;
}
