import { shortAddress } from '../pci/address.ts';
import type { Check, CheckArea, CheckStatus } from './check.ts';

const marks: Readonly<Record<CheckStatus, string>> = {
  ok: 'ok  ',
  warning: 'warn',
  'stops-a-run': 'STOP',
  'not-checked': '?   ',
};
const titles: Readonly<Record<CheckArea, string>> = {
  controller: 'Controller',
  inventory: 'Inventory',
  host: 'Host',
  function: 'Functions',
  vm: 'VM',
};

/** What a person reads: every check in a line, and a line with the mend below each that is not well. */
export function doctorText(host: string, checks: readonly Check[]): string {
  const lines: string[] = [];
  let area: CheckArea | undefined;
  let about: string | null = null;
  for (const check of checks) {
    if (check.area !== area) {
      lines.push(
        ...(area === undefined ? [] : ['']),
        check.area === 'host' ? `${titles.host} ${host}` : titles[check.area],
      );
      area = check.area;
    }
    if (check.function !== null && check.function !== about) lines.push(`  ${shortAddress(check.function)}`);
    about = check.function;
    lines.push(`  ${marks[check.status]}  ${check.check.padEnd(14)}  ${check.says}`);
    if (check.mend !== null) lines.push(`${' '.repeat(24)}mend: ${check.mend}`);
  }
  return [...lines, '', summaryOf(checks), ''].join('\n');
}

function summaryOf(checks: readonly Check[]): string {
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  const stops = count('stops-a-run');
  const others = [
    [count('warning'), 'warning', 'warnings'],
    [count('not-checked'), 'thing not looked at', 'things not looked at'],
  ] as const;
  const beside = others.flatMap(([number, one, many]) =>
    number === 0 ? [] : [`${number} ${number === 1 ? one : many}`],
  );
  const first =
    stops === 0 ? 'Nothing stops a run' : stops === 1 ? '1 finding stops a run' : `${stops} findings stop a run`;
  return `${[first, ...beside].join(', ')}.`;
}
