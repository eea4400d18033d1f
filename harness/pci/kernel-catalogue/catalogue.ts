import { bootLines } from './boot-lines.ts';
import { configSpaceLines } from './config-space-lines.ts';
import { errorReportLines } from './error-report-lines.ts';
import { hostDriverLines, hostLines } from './host-lines.ts';
import { iommuLines } from './iommu-lines.ts';
import { libvirtLines } from './libvirt-lines.ts';
import type { LogLine } from './log-line.ts';
import { proxmoxLines } from './proxmox-lines.ts';
import { qemuLines } from './qemu-lines.ts';
import { resetLines } from './reset-lines.ts';
import { vfioLines } from './vfio-lines.ts';

const lines = [
  ...resetLines,
  ...configSpaceLines,
  ...vfioLines,
  ...iommuLines,
  ...errorReportLines,
  ...Object.values(hostLines),
  ...hostDriverLines,
  ...bootLines,
  ...qemuLines,
  ...proxmoxLines,
  ...libvirtLines,
] as const;

/** The name of a line that the catalogue holds. */
export type LogLineId = (typeof lines)[number]['id'];

/** A line of the catalogue. */
export type CataloguedLine = LogLine & { readonly id: LogLineId };

/** Every wording of a log that the harness knows; where two fit, the first one counts. */
export const logCatalogue: readonly CataloguedLine[] = lines;
