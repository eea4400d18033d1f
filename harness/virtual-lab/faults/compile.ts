import { boardPlaces } from './places.ts';
import type { FaultFile, FaultRule } from './schema.ts';

/**
 * The rules as the lab's kernel module reads them: one line each, words separated by tabs, so that no value needs quotes.
 * Probabilities are in 2^-32, which is what the module draws.
 *
 * @example
 * seed	42
 * rule	what=bridge-config-lost	when=bus-reset	chance=1288490189	port=0000:00:03.0	times=1
 */
export function compileFaults({ seed, faults }: FaultFile): string {
  return [['seed', String(seed)], ...faults.map((rule) => ['rule', ...wordsOf(rule)])]
    .map((words) => `${words.join('\t')}\n`)
    .join('');
}

function wordsOf(rule: FaultRule): string[] {
  const place = rule.where === undefined ? undefined : boardPlaces().get(rule.where);
  const { bios = [], kernels = [], commandLine = [], boots = [] } = rule.only ?? {};
  return [
    `what=${rule.what}`,
    `when=${rule.when}`,
    `chance=${Math.max(1, Math.round(rule.probability * 2 ** 32))}`,
    ...named('port', place?.port),
    ...named('function', place?.function),
    ...named('after', rule.after),
    ...named('times', rule.times),
    ...named('seconds', rule.seconds),
    ...(rule.thenReboots === true ? ['reboots=1'] : []),
    ...(rule.kernelWaits === true ? ['waits=1'] : []),
    ...bios.map((glob) => `bios=${glob}`),
    ...kernels.map((glob) => `kernel=${glob}`),
    ...commandLine.map((glob) => `word=${glob}`),
    ...boots.map((number) => `boot=${number}`),
  ];
}

function named(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}
