import type { Cell } from './space.ts';

/** Where the host is now. */
export interface Position {
  /** The cell that runs. */
  readonly cell: Cell;
  /** The boot's name, as in observations. */
  readonly boot: string;
  /** Whether the next cycle needs another boot in any case, because a device is lost. */
  readonly needsBoot: boolean;
}
