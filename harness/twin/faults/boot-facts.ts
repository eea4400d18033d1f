import type { FaultRule } from '../../virtual-lab/faults/schema.ts';
import { kernelGlobMatches } from './kernel-glob.ts';

/** What decides whether a rule holds in a boot. */
export interface BootFacts {
  readonly biosVersion: string;
  readonly kernelRelease: string;
  readonly commandLine: string;
  /** Counted from 1. */
  readonly boot: number;
}

/** Whether every list of a rule's `only` matches: one pattern must, and none with "!" in front may. */
export function holdsIn(only: FaultRule['only'], facts: BootFacts): boolean {
  if (only === undefined) return true;
  const words = facts.commandLine.split(/[ \n]+/).filter((word) => word !== '');
  return (
    listMatches(only.bios, [facts.biosVersion]) &&
    listMatches(only.kernels, [facts.kernelRelease]) &&
    listMatches(only.commandLine, words) &&
    (only.boots === undefined || only.boots.includes(facts.boot))
  );
}

function listMatches(patterns: readonly string[] | undefined, texts: readonly string[]): boolean {
  if (patterns === undefined) return true;
  const matches = (pattern: string): boolean => texts.some((text) => kernelGlobMatches(pattern, text));
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const refused = patterns.filter((pattern) => pattern.startsWith('!'));
  return (wanted.length === 0 || wanted.some(matches)) && !refused.some((pattern) => matches(pattern.slice(1)));
}
