import type { RunJournalOptions } from '../cycle/run-journal.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { RunJudge } from '../judge/run-judge.ts';
import { mayTell, notificationsOf } from '../notify/notification.ts';
import { Notifier } from '../notify/notifier.ts';

/** A run of which others are told: whoever watches it, and the targets that the inventory names. Its end waits a few seconds for the last of them. */
export interface ToldRun extends AsyncDisposable {
  readonly events: Pick<RunJournalOptions, 'onEvent'>;
  /** Hears the run's events before they are told; set as soon as there is one. */
  judge: RunJudge | undefined;
}

export function toldRun({
  host,
  onEvent,
}: Pick<RunJournalOptions, 'onEvent'> & { readonly host: Pick<LabHostConfig, 'notify'> }): ToldRun {
  const warn = (line: string): void => void process.stderr.write(`${line}\n`);
  const notifier = new Notifier(host.notify ?? [], { warn });
  const told: ToldRun = {
    judge: undefined,
    events: {
      onEvent: (event, cycle) => {
        onEvent?.(event, cycle);
        if (host.notify === undefined || told.judge === undefined || !mayTell(event, cycle)) return;
        try {
          const moment = { cycle, run: told.judge.result() };
          for (const notification of notificationsOf(event, moment)) notifier.tell(notification);
        } catch (error) {
          // Whoever cannot be told must not end a run of eight hours.
          warn(`Nobody could be told of "${event.t}": ${error instanceof Error ? error.message : String(error)}`);
        }
      },
    },
    [Symbol.asyncDispose]: () => notifier[Symbol.asyncDispose](),
  };
  return told;
}
