import type { TestProject } from 'vitest/node';
import { bundle } from './bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The command line's file, to be started by node. */
    door: string;
  }
}

/** Puts the command line together once for all tests of a run. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const cli = await bundle(new URL('../cli.ts', import.meta.url));
  provide('door', cli.file);
  return () => cli[Symbol.dispose]();
}
