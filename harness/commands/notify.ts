import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { ComebackError, exitCodes } from '../errors.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import type { NotifyTarget } from '../inventory/notify.ts';
import { testNotification } from '../notify/notification.ts';
import { failureWords, send, targetName } from '../notify/send.ts';
import { hostOption, inventoryOption, jsonOption } from './options.ts';

/** There is nobody to be told, or nothing that they are to be told. */
export class NothingToNotifyError extends ComebackError {
  override readonly code = 'NOTIFY_NOTHING';
  override readonly kind = 'usage';
}

interface TestResult extends Pick<NotifyTarget, 'on'> {
  readonly target: string;
  readonly ok: boolean;
  readonly problem?: string;
}

/** `comeback notify --test`: whether those who are to be told of a run's losses and its end hear anything. */
export function notifyCommand(): CommandUnknownOpts {
  return new Command('notify')
    .description(
      'try the notifications of a host: sends each target of the inventory a test, and says what came through',
    )
    .option('--test', 'send the test')
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  comeback notify --test --host elysium')
    .action(async ({ test, host: name, inventory, json }) => {
      const host = hostByName(await loadInventory(inventory), name);
      if (test !== true) throw new NothingToNotifyError('Runs notify by themselves; to try it, add --test.');
      const targets = host.notify ?? [];
      if (targets.length === 0) {
        throw new NothingToNotifyError(`The host ${name} has no "notify" in ${inventory}: nobody is told of anything.`);
      }
      const notification = testNotification(name, systemClock.nowMs());
      const results = await Promise.all(
        targets.map(async (target, index): Promise<TestResult> => {
          const told = { target: targetName(target, index), on: target.on };
          try {
            await send(target, notification, { timeoutMs: target.timeoutMs });
            return { ...told, ok: true };
          } catch (error) {
            if (!(error instanceof ComebackError)) throw error;
            return { ...told, ok: false, problem: failureWords(error) };
          }
        }),
      );
      if (json) process.stdout.write(`${JSON.stringify({ host: name, results })}\n`);
      else {
        for (const { target, on, ok, problem } of results) {
          process.stdout.write(`${target}, on ${on.join(', ')}: ${ok ? 'sent' : `NOT SENT, ${problem ?? ''}`}\n`);
        }
      }
      if (results.some(({ ok }) => !ok)) process.exitCode = exitCodes.infra;
    });
}
