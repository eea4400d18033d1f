import type { CommandProcesses } from './processes.ts';
import type { Qm } from './qm.ts';
import { simpleCommandWords } from './shell-words.ts';
import type { ExecHandler } from './ssh-server.ts';

/**
 * Runs what clients send: a plain `qm …` in process, which saves two processes a command, and all else by a real shell, whose
 * `qm` is the same one. As under sshd, a `qm` goes on when its client is gone.
 */
export function execHandler(qm: Qm, processes: CommandProcesses): ExecHandler {
  return async ({ line, channel }) => {
    const words = simpleCommandWords(line);
    if (words?.[0] !== 'qm') {
      await processes.run(line, channel);
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
