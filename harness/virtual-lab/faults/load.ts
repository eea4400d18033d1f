import type { InventoryProblem } from '../../inventory/problem.ts';
import { checkFaultText, readFaultText, requireSense } from './check.ts';
import { compileFaults } from './compile.ts';
import { boardPlaces } from './places.ts';
import { faultFileSchema } from './schema.ts';
import { nonsense } from './sense.ts';

/**
 * Reads and checks a fault rule file.
 *
 * @returns the rules in the form that the lab's kernel module reads.
 * @throws FaultRulesError with every problem of the file and its line and column.
 */
export async function loadFaultRules(path: string): Promise<string> {
  return compileFaults(requireSense(path, checkedFile(await readFaultText(path))));
}

/** @returns the compiled rules, or everything that is wrong with them. */
export function checkFaultRules(
  text: string,
): { readonly compiled: string } | { readonly problems: readonly InventoryProblem[] } {
  const checked = checkedFile(text);
  return 'file' in checked ? { compiled: compileFaults(checked.file) } : checked;
}

function checkedFile(text: string) {
  return checkFaultText(text, faultFileSchema, (file) => nonsense(file, boardPlaces()));
}
