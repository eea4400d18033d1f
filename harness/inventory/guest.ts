import { z } from 'zod';
import { argv } from './controller-command.ts';
import { milliseconds, pciAddress } from './fields.ts';
import type { Contradiction } from './problem.ts';

/** What the guest of the passthrough VM is asked after each start. */
export const guest = z
  .strictObject({
    os: z
      .enum(['linux', 'windows'])
      .describe(
        'A Linux guest is looked into: each function listed, driven, and usable (USB root hub, audio codec, BAR of the GPU). ' +
          'Of a Windows guest only its agent and the commands tell.',
      ),
    commands: z
      .array(
        z.strictObject({
          function: pciAddress,
          run: argv.describe(
            'Program in the guest and its arguments, one word each; it ends with 0 where the function can be used.',
          ),
        }),
      )
      .default([])
      .describe('Programs in the guest that tell whether a function can be used, such as [nvidia-smi, -L].'),
    timeoutMs: milliseconds(120_000, 'From the start of the VM to the first answer of the agent'),
  })
  .describe(
    'How the guest proves that it can use the functions, through the QEMU guest agent in it. Absent: it is not asked.',
  );

/** The guest as the inventory describes it, defaults filled in. */
export type GuestConfig = z.output<typeof guest>;

const compared = z.object({ guest, functions: z.array(z.looseObject({ address: pciAddress })) });

/** Commands for functions that the host does not name. Looks at the raw document. */
export function guestContradictions(base: readonly PropertyKey[], host: unknown): Contradiction[] {
  const { data } = compared.safeParse(host);
  if (data === undefined) return [];
  return data.guest.commands.flatMap((command, index) =>
    data.functions.some(({ address }) => address === command.function)
      ? []
      : [
          {
            path: [...base, 'guest', 'commands', index, 'function'],
            message: `${command.function} is not under "functions"`,
          },
        ],
  );
}
