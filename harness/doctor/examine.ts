import { ComebackError } from '../errors.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { type Check, type CheckArea, checkOf, type Finding, findingOf, notChecked, ok } from './check.ts';
import { functionChecks } from './function-checks.ts';
import { hostChecks } from './host-checks.ts';
import { readHost, readVm } from './host-reading.ts';
import { vmChecks } from './vm-checks.ts';

/** Looks at a host, its functions and its VM. What cannot be reached is a finding, never an error. */
export async function examineHost(host: LabHostConfig, connect: () => Promise<LabHost>): Promise<Check[]> {
  const begunMs = performance.now();
  const connected = await attempt(connect);
  if ('finding' in connected) {
    return [checkOf('host', 'reachable', connected.finding), ...unseen('function', 'vm')];
  }
  await using lab = connected.value;
  const { user, address, port } = lab.session.target;
  const seconds = ((performance.now() - begunMs) / 1000).toFixed(1);
  const reached = ok(`${user}@${address}:${port} in ${seconds} s, its host key is the pinned one`);
  const reachable = checkOf('host', 'reachable', reached);

  const read = await attempt(() => readHost(host, lab));
  if ('finding' in read) return [reachable, checkOf('host', 'reading', read.finding), ...unseen('function', 'vm')];
  const seen = [reachable, ...hostChecks(host, read.value.host), ...functionChecks(host, read.value.functions)];

  const vm = await attempt(() => readVm(host, lab, read.value.functions));
  return [...seen, ...('finding' in vm ? [checkOf('vm', 'manager', vm.finding)] : vmChecks(host, vm.value))];
}

async function attempt<T>(act: () => Promise<T>): Promise<{ readonly value: T } | { readonly finding: Finding }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof ComebackError) return { finding: findingOf(error) };
    throw error;
  }
}

function unseen(...areas: readonly CheckArea[]): Check[] {
  return areas.map((area) =>
    checkOf(area, 'all', notChecked('It could not be looked at.', 'Mend what stands above, then look again.')),
  );
}
