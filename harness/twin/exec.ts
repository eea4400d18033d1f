import { join } from 'node:path';
import type { CommandProcesses } from './processes.ts';
import type { Qm } from './qm.ts';
import { simpleCommandWords } from './shell-words.ts';
import type { ExecHandler } from './ssh-server.ts';

/**
 * Runs what clients send: a plain `qm …` in process, which saves two processes a command, and all else by a real shell, whose
 * `qm` is the same one. As under sshd, a `qm` goes on when its client is gone.
 *
 * @param commandEnded called before the client can learn that its command, other than a `qm`, has ended: it may have written to the tree
 */
export function execHandler(qm: Qm, processes: CommandProcesses, commandEnded: () => void): ExecHandler {
  return async ({ line, channel }) => {
    const words = simpleCommandWords(line);
    if (words?.[0] !== 'qm') {
      await processes.run(line, channel);
      commandEnded();
      return;
    }
    channel.on('error', () => undefined);
    channel.resume();
    const output = {
      stdout: (text: string) => {
        if (channel.writable) channel.write(text);
      },
      stderr: (text: string) => {
        if (channel.writable) channel.stderr.write(text);
      },
    };
    const status = await qm.run(words.slice(1), output);
    if (!channel.writable) return;
    channel.exit(status);
    channel.end();
  };
}

/** What a command on the host finds in its environment. @param programs the folder of the twin's own `qm` */
export function hostEnvironment(root: string, programs: string, qmSocket: string): Readonly<Record<string, string>> {
  return {
    PATH: `${programs}:${process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'}`,
    HOME: join(root, 'root'),
    USER: 'root',
    LANG: 'C.UTF-8',
    COMEBACK_ROOT: root,
    COMEBACK_TWIN_QM: qmSocket,
  };
}
