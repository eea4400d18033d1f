import { $, type ProcessOutput } from 'zx';
import { labPath } from '../packages.ts';
import { LabImageError } from '../errors.ts';

/** What every step of a build needs to know. */
export interface BuildContext {
  /** Says what is being done; one line, for a person. */
  readonly progress: (text: string) => void;
  /** Ends the build; whatever runs is killed. */
  readonly signal: AbortSignal;
}

/** Lines of a failed program that are worth showing. */
const shownLines = 20;

/**
 * Runs one program on the controller.
 * @throws LabImageError with the end of what it printed; the signal's reason once it aborts.
 */
export async function run(
  step: string,
  argv: readonly string[],
  context: BuildContext,
  options: {
    readonly cwd?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly input?: string;
  } = {},
): Promise<ProcessOutput> {
  context.signal.throwIfAborted();
  const shell = $({
    nothrow: true,
    quiet: true,
    signal: context.signal,
    env: { ...process.env, LC_ALL: 'C', PATH: labPath(process.env['PATH']), ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  const output = await shell`${argv}`;
  context.signal.throwIfAborted();
  if (output.exitCode === 0) return output;
  const lines = `${output.stdout}${output.stderr}`.trimEnd().split('\n').slice(-shownLines);
  throw new LabImageError(step, lines.join('\n'));
}
