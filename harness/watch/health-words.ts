import { isDeadConfig, parseConfigHeader } from '../pci/config-header.ts';
import type { FunctionHealth } from '../pci/health.ts';

/** `vfio-pci, D0, x16 8.0 GT/s`: what a function was when it was last looked at, as a person wants it. */
export function healthWords({ present, config, driver, powerState, linkWidth, linkSpeed }: FunctionHealth): string {
  if (!present) return 'missing';
  const header = config === null ? undefined : parseConfigHeader(config);
  if (header !== undefined && isDeadConfig(header)) return `dead, its config reads ff (${driver ?? 'no driver'})`;
  const link = linkWidth === null ? [] : [`x${linkWidth}${linkSpeed === null ? '' : ` ${speed(linkSpeed)}`}`];
  return [driver ?? 'no driver', ...(powerState === null ? [] : [powerState]), ...link].join(', ');
}

/** The kernel says `8.0 GT/s PCIe`. */
function speed(text: string): string {
  return text.replace(/ PCIe$/, '');
}
