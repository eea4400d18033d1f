import { z } from 'zod';
import { shortAddress } from '../../pci/address.ts';
import { checkFaultText, readFaultText, requireSense } from '../../virtual-lab/faults/check.ts';
import { faultList, faultSeed } from '../../virtual-lab/faults/schema.ts';
import { nonsense, type Nonsense } from '../../virtual-lab/faults/sense.ts';
import { hasSlot, twinPlaces } from './places.ts';
import { wireRuleSchema } from './wire-schema.ts';

const twinFaultSchema = z
  .strictObject({
    seed: faultSeed,
    faults: faultList.default([]),
    wire: z.array(wireRuleSchema).max(32).default([]).describe('What befalls the wire; only a twin has it.'),
    otherHost: z
      .enum(['unlike', 'alike'])
      .default('unlike')
      .describe('Who answers as other-host: another board and name, or one that is alike in all but its boot_id.'),
  })
  .refine(({ faults, wire }) => faults.length + wire.length > 0, 'names no fault: describe at least one')
  .meta({ title: 'Fault rules of the twin of comeback' });

/** The fault script of a twin: the rules of a virtual lab, and those of the wire. */
export type TwinFaultFile = z.output<typeof twinFaultSchema>;

/** @throws FaultRulesError with every problem of the file and its line and column. */
export async function loadTwinFaults(path: string): Promise<TwinFaultFile> {
  return parseTwinFaults(await readFaultText(path), path);
}

/** @param name what its problems are told of. @throws FaultRulesError */
export function parseTwinFaults(text: string, name = 'faults.yaml'): TwinFaultFile {
  return requireSense(name, checkFaultText(text, twinFaultSchema, twinNonsense));
}

function twinNonsense(file: TwinFaultFile): Nonsense[] {
  const places = twinPlaces();
  const slotless = file.faults.flatMap(({ what, where }, index): Nonsense[] => {
    const port = where === undefined ? undefined : places.get(where)?.port;
    if (what !== 'slot-power-off' || port === undefined || hasSlot(port)) return [];
    const message = `the port ${shortAddress(port)} of this board has no slot whose power could be cut. Write link-down`;
    return [{ path: ['faults', index, 'where'], message }];
  });
  const liars = file.wire.flatMap((rule, index): Nonsense[] => {
    if (rule.what !== 'qm-lies' || rule.says !== 'already-running' || rule.when === 'qm-start') return [];
    return [{ path: ['wire', index, 'says'], message: 'is what a start says. Write when: qm-start' }];
  });
  return [...nonsense(file, places), ...slotless, ...liars];
}
