import type { Clock } from '../../clock.ts';
import { ComebackError } from '../../errors.ts';
import type { HostIdentity, JournalEventBody } from '../../journal/events.ts';
import type { Wait } from '../../wait.ts';
import type { AskedCell } from '../boot/boot-cell.ts';
import { BiosFlashFailedError, BiosUnreadableError } from './errors.ts';
import type { BiosFlasher, FlashResult } from './flasher.ts';

export type BiosEvent = Extract<JournalEventBody, { t: 'bios-intent' | 'bios-done' | 'parked' }>;

export interface BringBiosDeps {
  readonly flasher: BiosFlasher;
  /** Puts an event into the journal, on the disk before it resolves. */
  readonly writeDown: (event: BiosEvent) => Promise<void>;
  readonly clock: Clock;
  readonly wait: Wait;
}

/**
 * Flashes the BIOS that a cell asks for, unless it runs already. The intent is in the journal before, and how it ended after it; where
 * a person must do it, the journal has the run parked. That the BIOS runs is for the next boot to prove (`bootCell`).
 *
 * @param running what the host read back, in the boot that it is in.
 * @returns what must happen next; undefined where the cell asks for no BIOS, or for the one that runs.
 * @throws BiosUnreadableError before anything was done; what the flasher throws.
 */
export async function bringBios(
  asked: AskedCell,
  running: Pick<HostIdentity, 'bios'>,
  { flasher, writeDown, clock, wait }: BringBiosDeps,
): Promise<FlashResult | undefined> {
  const to = asked.bios?.trim();
  if (to === undefined) return undefined;
  if (running.bios === null) throw new BiosUnreadableError(to);
  const from = running.bios.trim();
  if (from === to) return undefined;
  const { driver } = flasher;
  const cell = asked.name;
  await writeDown({ t: 'bios-intent', cell, from, to, driver });
  const startedMs = clock.nowMs();
  const done = async (ok: boolean, details: Partial<Extract<BiosEvent, { t: 'bios-done' }>>): Promise<void> => {
    const durationMs = Math.max(0, Math.round(clock.nowMs() - startedMs));
    await writeDown({ t: 'bios-done', cell, to, driver, ok, durationMs, ...details });
  };
  let result: FlashResult;
  try {
    result = await flasher.flash(to, wait);
  } catch (error) {
    const output = error instanceof BiosFlashFailedError && error.output.length > 0 ? [...error.output] : undefined;
    const { code, message } = error instanceof ComebackError ? error : {};
    await done(false, { output, code, message });
    throw error;
  }
  if (result.next === 'operator') {
    await writeDown({ t: 'parked', cell, from, to, driver, instructions: result.instructions });
  } else {
    await done(true, result.next === 'reboot' && result.output.length > 0 ? { output: [...result.output] } : {});
  }
  return result;
}
