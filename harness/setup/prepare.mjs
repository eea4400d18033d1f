// Sets up a fresh clone. Plain JavaScript on Node's own modules: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
const usageExitCode = 2;

/** @param {string} words */
export function say(words) {
  process.stderr.write(`${words}\n`);
}

/**
 * Ends the process with a message that says what to do.
 *
 * @param {string} words
 * @returns {never}
 */
function refuse(words) {
  say(`comeback: ${words}`);
  process.exit(usageExitCode);
}

/** Ends with exit code 2 where this Node is older than package.json asks for. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  refuse(`Node ${process.versions.node} is too old; install Node 20.19 or later.`);
}

/** Installs exactly what the lock file says, if that is not there yet. */
export function installModules() {
  const lock = readFileSync(join(projectRoot, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).update(process.version).digest('hex');
  const stamp = join(projectRoot, 'node_modules', '.comeback-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing node modules …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: projectRoot,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) refuse('"npm ci" failed; see its message above.');
  writeFileSync(stamp, wanted);
}

/**
 * Installs Debian packages that are missing; without root or on another system it names the one command to run and ends with exit code 2.
 *
 * @param {readonly string[]} packages
 */
export function installDebianPackages(packages) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!existsSync('/etc/debian_version')) {
    refuse(`this is no Debian system. Install what these Debian packages hold, then try again: ${missing.join(' ')}`);
  }
  if (process.getuid?.() !== 0) {
    refuse(`Debian packages are missing. Run this, then try again:\n  sudo apt-get update && sudo ${install}`);
  }
  say(`Installing Debian packages: ${missing.join(' ')} …`);
  for (const command of ['apt-get update', install]) {
    const { status } = spawnSync('sh', ['-c', command], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) refuse(`"${command}" failed; see its message above.`);
  }
}

/** @param {string} name */
function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' });
  return stdout === 'installed';
}

/**
 * Runs one program of this project to its end, passing signals on, and resolves to its exit code.
 *
 * @param {readonly string[]} argv arguments of node
 * @param {{ quiet?: boolean, besideInto?: number }} [options] quiet: what it says on stdout goes to stderr, since stdout belongs to a later step;
 *   besideInto: it runs beside something that goes first, and all that it says goes into this open file
 * @returns {Promise<number>}
 */
export function runNode(argv, { quiet = false, besideInto } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, {
      cwd: projectRoot,
      stdio:
        besideInto === undefined ? ['inherit', quiet ? 2 : 'inherit', 'inherit'] : ['ignore', besideInto, besideInto],
    });
    if (besideInto !== undefined && child.pid !== undefined)
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass).on('SIGTERM', pass);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      // 1 would say that a device did not survive; 70 is EX_SOFTWARE of sysexits(3).
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 130 : 70));
    });
  });
}
