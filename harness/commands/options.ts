import { InvalidArgumentError, Option } from '@commander-js/extra-typings';

/** Options that every command on a host has, worded once. */
export const hostOption = new Option('--host <name>', 'lab host of the inventory').default('virtual');
export const inventoryOption = new Option('--inventory <file>', 'lab inventory').default('lab-inventory.yaml');
export const reportsOption = new Option('--reports <directory>', 'where runs are kept').default('reports');
export const jsonOption = new Option('--json', 'one JSON object on stdout, for machines').default(false);

/** commander's parser of a whole number from 1 on. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
