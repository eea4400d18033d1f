import { z } from 'zod';
import { rungNames } from '../journal/events.ts';

/** What a controller is told. */
export const job = z.strictObject({
  directory: z.string(),
  port: z.number(),
  hostKeySha256: z.string(),
  clientPrivateKey: z.string(),
  cycles: z.number(),
  rungs: z.array(z.enum(rungNames)),
  segmentBytes: z.number(),
  death: z
    .strictObject({
      atLine: z.number(),
      moment: z.enum(['before', 'torn', 'written', 'synced', 'full']),
      share: z.number(),
    })
    .optional(),
});
export type Job = z.infer<typeof job>;
