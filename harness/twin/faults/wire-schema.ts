import { z } from 'zod';
import { ruleConditions } from '../../virtual-lab/faults/schema.ts';

/** Moments at which something can happen to the wire. */
export const wireMoments = ['connect', 'session', 'qm-start', 'qm-stop', 'edge'] as const;
export type WireMoment = (typeof wireMoments)[number];

const inSession = ['session', 'qm-start', 'qm-stop', 'edge'] as const;
const inCommand = ['qm-start', 'qm-stop', 'edge'] as const;
const inQm = ['qm-start', 'qm-stop'] as const;

function wireRule<What extends string, const Moments extends readonly WireMoment[]>(what: What, moments: Moments) {
  return z.strictObject({
    what: z.literal(what).describe('What happens.'),
    when: z.enum(moments).describe('The moment at which it happens.'),
    skip: z.int().min(0).max(1_000_000).optional().describe('So many of these moments pass by first.'),
    ...ruleConditions,
  });
}

/** Rules of what befalls the lab and the wire, and no device. */
export const wireRuleSchema = z.discriminatedUnion('what', [
  wireRule('ssh-reset', inSession),
  wireRule('half-open', wireMoments).extend({
    thawMs: z.int().min(1).max(86_400_000).optional().describe('After how long it ends; never unless given.'),
  }),
  wireRule('cut-line', inCommand),
  wireRule('cut-character', inCommand),
  wireRule('kmsg-flood', inSession).extend({
    megabytes: z.int().min(1).max(100).default(10).describe('How much the kernel says at once.'),
    garbled: z.boolean().default(false).describe('Whether it is no UTF-8 and full of terminal escapes.'),
  }),
  wireRule('clock-jump', inSession).extend({
    seconds: z
      .int()
      .min(-1_000_000_000)
      .max(1_000_000_000)
      .refine((seconds) => seconds !== 0, 'must not be 0')
      .describe('How far the controller’s clock jumps; below 0: back.'),
  }),
  wireRule('qm-hangs', inQm).extend({
    acted: z.boolean().default(false).describe('Whether the VM has started or stopped all the same.'),
  }),
  wireRule('qm-lies', inQm).extend({
    says: z
      .enum(['ok', 'failed', 'already-running'])
      .describe('ok: and did nothing. failed: and did it. already-running: and the VM is not.'),
  }),
  wireRule('host-key-changed', ['connect']),
  wireRule('other-host', ['connect']),
  wireRule('sshd-refuses', ['connect']),
  wireRule('login-refused', ['connect']),
  wireRule('sessions-exhausted', ['session']),
]);

export type WireRule = z.output<typeof wireRuleSchema>;
