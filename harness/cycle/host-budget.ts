import { ComebackError } from '../errors.ts';
import { budgetWindowMs } from '../host/power/budget.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Journal } from '../journal/writer.ts';
import { RebootLedger } from './reboot-ledger.ts';

/** What a host is put through before it is left in peace. */
export interface HostLimits {
  readonly rebootsPerHour: number;
  readonly rebootsPerRun: number;
  readonly unaskedRebootsPerHour: number;
  readonly unaskedRebootsPerRun: number;
  readonly powerCyclesPerRun: number;
}

/** The host was rebooted, or rebooted itself, as often as it may be. The run ends, and nothing more is done to the host. */
export class RebootBudgetError extends ComebackError {
  override readonly code = 'REBOOT_BUDGET_SPENT';
  override readonly kind = 'infra';
  readonly limit: keyof HostLimits;

  constructor(host: string, what: string, limit: keyof HostLimits, value: number) {
    super(
      `${host} ${what}; its limit is ${value} (limits.${limit} in the inventory). The host is left as it is: look at its console and its ` +
        'log first, and raise the limit only if it bears more.',
    );
    this.limit = limit;
  }
}

/** Counts what a run does to its host, from the journal: what earlier sessions of the run and other runs of the last hour did counts as well. */
export class HostBudget {
  readonly #host: string;
  readonly #limits: HostLimits;
  readonly #others: Pick<RebootLedger, 'orderedMs' | 'unaskedMs'>;
  readonly #own: RebootLedger;

  /**
   * @param others what other runs of the host did, as far back as an hour.
   * @param own what this run did before.
   */
  constructor(
    host: string,
    limits: HostLimits,
    others: Pick<RebootLedger, 'orderedMs' | 'unaskedMs'> = new RebootLedger(),
    own = new RebootLedger(),
  ) {
    this.#host = host;
    this.#limits = limits;
    this.#others = others;
    this.#own = own;
  }

  /** To be told of every event of the run. */
  push(event: JournalEvent): void {
    this.#own.push(event);
  }

  /** A journal whose events are counted. */
  counted(journal: Journal): Journal {
    return {
      append: async (body, options) => {
        const event = await journal.append(body, options);
        this.push(event);
        return event;
      },
    };
  }

  /** Before the host is told to reboot. @throws RebootBudgetError */
  requireReboot(nowMs: number): void {
    const { rebootsPerHour, rebootsPerRun } = this.#limits;
    const inRun = this.#own.orderedMs.length;
    if (inRun >= rebootsPerRun) throw this.#spent(`was rebooted ${inRun} times by this run`, 'rebootsPerRun');
    const inHour = recent([...this.#others.orderedMs, ...this.#own.orderedMs], nowMs);
    if (inHour >= rebootsPerHour) throw this.#spent(`was rebooted ${inHour} times within the hour`, 'rebootsPerHour');
  }

  /** Before the power is cut. @throws RebootBudgetError */
  requirePowerCycle(): void {
    const cuts = this.#own.cutsMs.length;
    if (cuts < this.#limits.powerCyclesPerRun) return;
    throw this.#spent(`had its power cut ${cuts} times by this run`, 'powerCyclesPerRun');
  }

  /** Once the host was seen again. @throws RebootBudgetError where it keeps rebooting by itself. */
  requirePeace(bootId: string, nowMs: number): void {
    this.#own.sight(bootId, nowMs);
    const { unaskedRebootsPerHour, unaskedRebootsPerRun } = this.#limits;
    const inRun = this.#own.unaskedMs.length;
    if (inRun > unaskedRebootsPerRun) {
      throw this.#spent(`rebooted by itself ${inRun} times in this run`, 'unaskedRebootsPerRun');
    }
    const inHour = recent([...this.#others.unaskedMs, ...this.#own.unaskedMs], nowMs);
    if (inHour > unaskedRebootsPerHour) {
      throw this.#spent(`rebooted by itself ${inHour} times within the hour`, 'unaskedRebootsPerHour');
    }
  }

  #spent(what: string, limit: keyof HostLimits): RebootBudgetError {
    return new RebootBudgetError(this.#host, what, limit, this.#limits[limit]);
  }
}

/** A time in the future counts as well: the controller's clock was set back, and the reboot did take place. */
function recent(timesMs: readonly number[], nowMs: number): number {
  return timesMs.filter((time) => time > nowMs - budgetWindowMs).length;
}
