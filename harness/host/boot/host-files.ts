import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import { BootCommandError } from './errors.ts';

/** Exit status of our own scripts for "there is no such file"; none of the tools in them uses it. */
const missing = 44;

/** Every script finds the host's files below COMEBACK_ROOT, as the observer does; on a real host that is unset. */
const inRoot = 'set -eu; file="${COMEBACK_ROOT-}$1"; ';

/** Runs a tool of the host to a good end. @throws BootCommandError, or what the session throws. */
export async function runTool(
  session: SshSession,
  what: string,
  argv: readonly string[],
  wait: Wait,
  stdin: string | Buffer = '',
): Promise<string> {
  const result = await session.exec(argv, { wait, stdin });
  if (result.exitCode !== 0) throw new BootCommandError(what, argv, result.exitCode, result.stderr || result.stdout);
  return result.stdout;
}

/** A pipe that breaks with the controller's death would end the tool by its next word (SIGPIPE): its words go to a file. */
const toItsEnd =
  'set -eu; out=$(mktemp); trap \'rm -f "$out"\' EXIT; status=0; "$@" </dev/null >"$out" 2>&1 || status=$?; ' +
  'cat "$out"; exit "$status"';

/** Like {@link runTool}, for a tool that must not stop half-way, whatever becomes of us. What it says on stderr comes with the rest. */
export async function runToolToItsEnd(
  session: SshSession,
  what: string,
  argv: readonly string[],
  wait: Wait,
): Promise<string> {
  return await runTool(session, what, ['sh', '-c', toItsEnd, 'sh', ...argv], wait);
}

/** @returns null where there is no such file */
export async function readHostFile(session: SshSession, path: string, wait: Wait): Promise<string | null> {
  const argv = ['sh', '-c', `${inRoot}[ -e "$file" ] || exit ${missing}; exec cat -- "$file"`, 'sh', path];
  const result = await session.exec(argv, { wait });
  if (result.exitCode === missing) return null;
  if (result.exitCode !== 0) throw new BootCommandError(`reading ${path}`, argv, result.exitCode, result.stderr);
  return result.stdout;
}

/** The bytes of a small file as hexadecimal digits; null where there is no such file. */
export async function readHostBytes(session: SshSession, path: string, wait: Wait): Promise<Buffer | null> {
  const argv = ['sh', '-c', `${inRoot}[ -e "$file" ] || exit ${missing}; exec od -An -v -tx1 -- "$file"`, 'sh', path];
  const result = await session.exec(argv, { wait });
  if (result.exitCode === missing) return null;
  if (result.exitCode !== 0) throw new BootCommandError(`reading ${path}`, argv, result.exitCode, result.stderr);
  return Buffer.from(result.stdout.replaceAll(/\s/g, ''), 'hex');
}

/**
 * Replaces a file as a whole: whoever reads it, a boot loader after a power cut included, finds the old text or the new one.
 * Input that was cut short by a lost connection changes nothing, because its length is checked first.
 */
export async function writeHostFile(session: SshSession, path: string, text: string, wait: Wait): Promise<void> {
  const bytes = Buffer.from(text, 'utf8');
  const script =
    `${inRoot}new="$file.comeback-new"; trap 'rm -f "$new"' EXIT; cat >"$new"; ` +
    '[ "$(wc -c <"$new")" -eq "$2" ]; sync "$new"; mv -f "$new" "$file"; sync "${file%/*}"';
  await runTool(session, `writing ${path}`, ['sh', '-c', script, 'sh', path, String(bytes.length)], wait, bytes);
}

export async function removeHostFile(session: SshSession, path: string, wait: Wait): Promise<void> {
  const script = `${inRoot}rm -f -- "$file"; sync "\${file%/*}"`;
  await runTool(session, `removing ${path}`, ['sh', '-c', script, 'sh', path], wait);
}
