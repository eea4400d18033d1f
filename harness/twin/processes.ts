import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Writable } from 'node:stream';
import { gate } from './gate.ts';

/** The server's side of an exec channel, as far as a command needs it. */
export interface CommandChannel extends Duplex {
  readonly stderr: Writable;
  exit(status: number): void;
  exit(signalName: string, coreDumped?: boolean, message?: string): void;
}

const isGroupAlive = (pid: number): boolean => {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
};

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended between the look and the kill.
  }
};

/** Real `/bin/sh -c` children, each leader of a process group of its own. Nothing of them outlives the twin. */
export class CommandProcesses implements AsyncDisposable {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #workFolder: string;
  readonly #running = new Map<number, string>();
  readonly #groups = new Set<number>();
  #idle = gate();

  constructor(environment: Readonly<Record<string, string>>, workFolder: string) {
    this.#environment = environment;
    this.#workFolder = workFolder;
    this.#idle.open();
  }

  /** Command lines of the children that still run. */
  get running(): readonly string[] {
    return [...this.#running.values()];
  }

  /** Resolves once no child runs. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await this.#idle.opened;
  }

  /**
   * Runs a line and wires it to the channel. When the channel closes first, the child loses its pipes and is left alone,
   * as sshd does without a terminal: stdin ends, a write fails with EPIPE. Whether it then goes is the child's own business.
   */
  async run(line: string, channel: CommandChannel): Promise<void> {
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: this.#workFolder,
      env: this.#environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid === undefined) throw new Error('the machine gives the twin no process');
    if (this.#running.size === 0) this.#idle = gate();
    this.#running.set(pid, line);
    this.#groups.add(pid);

    let channelOpen = true;
    channel.once('close', () => {
      channelOpen = false;
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    });
    channel.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.once('close', (code, signal) => {
      if (!channelOpen) return;
      if (signal === null) channel.exit(code ?? 255);
      else channel.exit(signal.slice('SIG'.length), false, '');
      channel.end();
    });
    await once(child, 'exit');
    this.#running.delete(pid);
    if (!isGroupAlive(pid)) this.#groups.delete(pid);
    if (this.#running.size === 0) this.#idle.open();
  }

  /** Kills every child with its descendants, as a power cut does, and waits until they are gone. */
  async killAll(): Promise<void> {
    for (const pid of this.#groups) killGroup(pid);
    this.#groups.clear();
    await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
  }
}
