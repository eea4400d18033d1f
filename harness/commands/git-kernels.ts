import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ComebackError } from '../errors.ts';
import { KernelSkippedError } from '../bisect-run/errors.ts';
import { howItEnded, runOnController } from '../host/controller-command.ts';
import type { KernelCandidate } from '../journal/bisect-events.ts';
import { releaseOfPackage } from './kernel-package-name.ts';

/** git or the build command did not do its part. The bisect can be gone on with once that is mended. */
export class KernelBuildError extends ComebackError {
  override readonly code = 'BISECT_BUILD_FAILED';
  override readonly kind = 'usage';
}

/** More commits than this are no range that somebody means: each one is a kernel to tell apart. */
const mostCommits = 2000;
const gitTimeoutMs = 120_000;
/** A kernel from nothing, with modules, on a small machine. */
const buildTimeoutMs = 6 * 3_600_000;
/** As `git bisect run` takes it: this commit cannot be tested. */
const skipExitCode = 125;

/**
 * The commits of a range, the good one first. Only the first parents are followed: along a merge there is no order of old and new.
 *
 * @throws KernelBuildError where git does not know them.
 */
export async function gitKernels(
  repository: string,
  good: string,
  bad: string,
  signal: AbortSignal,
): Promise<KernelCandidate[]> {
  for (const revision of [good, bad]) {
    if (revision.startsWith('-')) throw new KernelBuildError(`"${revision}" is no revision.`);
  }
  const lines = async (...argv: string[]): Promise<string[]> =>
    (await git(repository, argv, signal)).split('\n').filter((line) => line !== '');
  const [first = ''] = await lines('rev-parse', '--verify', '--end-of-options', `${good}^{commit}`);
  const later = await lines('rev-list', '--reverse', '--first-parent', '--end-of-options', `${good}..${bad}`);
  if (later.length === 0) throw new KernelBuildError(`There is no commit in ${good}..${bad}: is the older one first?`);
  if (later.length > mostCommits) {
    throw new KernelBuildError(
      `${good}..${bad} has ${later.length} commits; the most is ${mostCommits}: narrow it by releases first.`,
    );
  }
  const commits = [first, ...later];
  // Short enough to read, long enough to stay different.
  const length =
    [12, 20, 40].find((digits) => new Set(commits.map((commit) => commit.slice(0, digits))).size === commits.length) ??
    40;
  return commits.map((commit) => ({ name: commit.slice(0, length), commit }));
}

/** Builds commits of one repository, each in a worktree of its own, so that nobody's checkout is touched. */
export class KernelBuilder {
  readonly #repository: string;
  readonly #command: string;
  readonly #directory: string;

  /** @param directory where the worktree and what is built are kept; of the bisect. */
  constructor({ repository, command }: { readonly repository: string; readonly command: string }, directory: string) {
    this.#repository = repository;
    this.#command = command;
    this.#directory = resolve(directory);
  }

  /**
   * Checks the commit out and runs the command in it, by `sh -c`. Its last line on stdout is the path of the package.
   *
   * @throws KernelSkippedError, KernelBuildError, the reason of the signal.
   */
  async build(commit: string, signal: AbortSignal): Promise<{ readonly package: string; readonly release: string }> {
    await mkdir(this.#directory, { recursive: true });
    const tree = join(this.#directory, 'source');
    // An earlier build, or one that was killed, may have left anything there but what it made is worth keeping: builds go on from it.
    const isThere = await stat(tree).then(
      () => true,
      () => false,
    );
    if (isThere) await git(tree, ['checkout', '--quiet', '--force', '--detach', commit], signal);
    else await git(this.#repository, ['worktree', 'add', '--quiet', '--force', '--detach', tree, commit], signal);
    const environment = { COMEBACK_COMMIT: commit, COMEBACK_OUTPUT: this.#directory };
    const argv = ['sh', '-c', 'cd "$1" && eval "$2"', 'sh', tree, this.#command];
    const description = `the build of ${commit.slice(0, 12)}`;
    const done = await runOnController({ argv, environment, description }, { timeoutMs: buildTimeoutMs, signal });
    if (done.exitCode === skipExitCode) throw new KernelSkippedError(commit.slice(0, 12), lastLine(done.stderr));
    if (done.exitCode !== 0) {
      throw new KernelBuildError(
        `${description} ${howItEnded(done)}: ${lastLine(done.stderr) || 'no message'}. Mend it and go on with the bisect; a command that ends with ` +
          `${skipExitCode} leaves the commit out.`,
      );
    }
    const path = resolve(tree, lastLine(done.stdout));
    const release = releaseOfPackage(path);
    const isFile = await stat(path).then(
      (state) => state.isFile(),
      () => false,
    );
    if (!isFile || release === undefined) {
      throw new KernelBuildError(
        `The last line that ${description} printed, "${lastLine(done.stdout)}", is no package of a kernel. Print its path last; its name must ` +
          'tell the release, as in linux-image-6.9.0-rc1-00042-gabc_1_amd64.deb.',
      );
    }
    return { package: path, release };
  }

  /** Gives the worktree back to git. What was built stays. */
  async clear(): Promise<void> {
    const tree = join(this.#directory, 'source');
    const { signal } = new AbortController();
    await git(this.#repository, ['worktree', 'remove', '--force', tree], signal).catch(() => undefined);
    await rm(tree, { recursive: true, force: true });
  }
}

async function git(repository: string, words: readonly string[], signal: AbortSignal): Promise<string> {
  const argv = ['git', '-C', repository, ...words];
  const done = await runOnController(
    { argv, environment: {}, description: `git ${words[0] ?? ''}` },
    { timeoutMs: gitTimeoutMs, signal },
  );
  if (done.exitCode === 0) return done.stdout;
  throw new KernelBuildError(
    `git ${words[0] ?? ''} ${howItEnded(done)} in ${repository}: ${lastLine(done.stderr) || 'no message'}.`,
  );
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim().slice(0, 500) ?? '';
}
