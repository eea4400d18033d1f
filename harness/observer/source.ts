import { readFile } from 'node:fs/promises';

/** In the order in which they are joined; the last one runs the loop. */
const files = [
  'wire.pl',
  'facts.pl',
  'kernel-log.pl',
  'uevents.pl',
  'cached.pl',
  'vm-process.pl',
  'cheap.pl',
  'lab-lock.pl',
  'tasks.pl',
  'tracer.pl',
  'reset-probes.pl',
  'readiness.pl',
  'edge.pl',
  'reader.pl',
  'observer.pl',
] as const;

/**
 * Reads exactly as many bytes of stdin as the program has, and runs them: what follows on stdin are requests.
 * It is an argument because a program that perl reads from stdin itself would be read ahead, requests and all.
 */
const bootstrap =
  'my($n,$s)=(shift,"");while(length$s<$n){sysread(STDIN,$s,$n-length$s,length$s)or exit}eval$s;die$@if$@';

/** The observer as it goes over the wire, and the command that takes it in. */
export interface ObserverProgram {
  readonly argv: readonly string[];
  readonly source: Buffer;
}

export async function observerProgram(): Promise<ObserverProgram> {
  const parts = await Promise.all(
    files.map(
      async (file) => `# line 1 "${file}"\n${await readFile(new URL(`perl/${file}`, import.meta.url), 'utf8')}`,
    ),
  );
  const source = Buffer.from(parts.join(''));
  return { argv: ['perl', '-e', bootstrap, String(source.length)], source };
}
