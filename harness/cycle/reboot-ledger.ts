import type { JournalEvent } from '../journal/events.ts';

/**
 * The reboots of one host as the journal of one run tells them: those that were ordered, those that nobody asked for, and the cuts of its
 * power. A new boot_id after an order, a cut or a flash is what was asked for; any other one is the host's own doing.
 */
export class RebootLedger {
  /** Controller times. */
  readonly orderedMs: number[] = [];
  readonly unaskedMs: number[] = [];
  readonly cutsMs: number[] = [];
  #bootId: string | undefined;
  #isAsked = false;

  push(event: JournalEvent): void {
    switch (event.t) {
      case 'boot-intent':
        this.sight(event.bootIdBefore, event.at);
        this.orderedMs.push(event.at);
        this.#isAsked = true;
        return;
      case 'power-intent':
        if (event.act === 'off') this.cutsMs.push(event.at);
        this.#isAsked = true;
        return;
      case 'bios-intent':
        this.#isAsked = true;
        return;
      case 'boot-done':
        if (event.bootIdAfter !== null) this.sight(event.bootIdAfter, event.at);
        return;
      case 'host-identified':
        this.sight(event.identity.bootId, event.at);
        return;
      case 'lab-back':
        this.sight(event.bootId, event.at);
        return;
      default:
        return;
    }
  }

  /** The host was seen in this boot. To be told twice changes nothing. */
  sight(bootId: string, atMs: number): void {
    if (bootId === this.#bootId) return;
    if (this.#bootId !== undefined && !this.#isAsked) this.unaskedMs.push(atMs);
    this.#bootId = bootId;
    this.#isAsked = false;
  }
}
