/** What earlier runs left of a host: a controller can die at any moment of a boot, a power cycle or a flash. */
export interface HostLeftovers {
  /** A run of the same host that is no leftover: its process is alive. */
  readonly underWay?: string | undefined;
  /** When the power was cut, where nothing shows that it came back. */
  readonly cutAtMs?: number | undefined;
  /** A boot that was begun and whose end nobody wrote down. */
  readonly boot?: UnfinishedBoot | undefined;
  /** The run that rebooted the host or cut its power, where nobody has seen the host since. */
  readonly lastSeenOff?: string | undefined;
  /** A flash that was begun and whose end nobody wrote down. */
  readonly flash?: UnfinishedFlash | undefined;
}

export interface UnfinishedBoot {
  readonly run: string;
  readonly cell: string;
  /** Null where the host's default kernel was asked for. */
  readonly kernel: string | null;
  readonly bootIdBefore: string;
}

export interface UnfinishedFlash {
  readonly run: string;
  readonly to: string;
  readonly driver: string;
  readonly startedAtMs: number;
}
