import type { Line } from './spans.ts';

/** What a screen is drawn for. */
export interface ScreenForm {
  readonly columns: number;
  /** Absent where there is no limit, as on paper. */
  readonly rows?: number | undefined;
  readonly colour: boolean;
  /** As Intl names it; absent, it is the controller's. */
  readonly timeZone?: string | undefined;
  /** The last row: what keys do. */
  readonly footer?: string | undefined;
}

/** A section that needs not be whole: its title, and lines of which the first or the last are shown. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Which of them say most. */
  readonly keep: 'first' | 'last';
}
