import { createHash } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { $ } from 'zx';
import { LabStartError } from '../errors.ts';
import { labPath } from '../packages.ts';
import type { InstanceFiles } from './instance-files.ts';

/** Makes the key pair and the host key of an instance where they are missing. */
export async function ensureKeys(name: string, files: InstanceFiles): Promise<void> {
  await ensureKey(name, files.privateKey, `comeback lab ${name}`);
  await ensureKey(name, files.hostKey, `host key of comeback lab ${name}`);
}

async function ensureKey(name: string, file: string, comment: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const shell = $({ nothrow: true, quiet: true, env: { ...process.env, PATH: labPath(process.env['PATH']) } });
  const { exitCode, stderr } = await shell`ssh-keygen -q -t ed25519 -N ${''} -C ${comment} -f ${file}`;
  if (exitCode !== 0) throw new LabStartError(name, `ssh-keygen failed: ${stderr.trim()}.`, []);
}

/** Fingerprint of the instance's host key as OpenSSH prints it: `SHA256:` and unpadded base64. */
export async function hostKeyFingerprint(files: InstanceFiles): Promise<string> {
  const [, blob = ''] = (await readFile(files.hostPublicKey, 'utf8')).split(' ');
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** Pins the instance's host key for the OpenSSH client (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export async function writeKnownHosts(files: InstanceFiles, port: number): Promise<void> {
  const [type = '', blob = ''] = (await readFile(files.hostPublicKey, 'utf8')).split(' ');
  await writeFile(files.knownHosts, `[127.0.0.1]:${port} ${type} ${blob}\n`, { mode: 0o600 });
}

/** Arguments of the OpenSSH client that reach an instance, verify its pinned host key and read no configuration of the user's. */
export function sshArguments(files: InstanceFiles, port: number): string[] {
  return [
    ...['-F', 'none', '-p', String(port), '-i', files.privateKey],
    ...['-o', `UserKnownHostsFile="${files.knownHosts}"`, '-o', 'GlobalKnownHostsFile=none'],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
    ...['-o', 'LogLevel=ERROR'],
    'root@127.0.0.1',
  ];
}
