import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import xterm from '@xterm/headless';
import { describe, expect, inject, it } from 'vitest';
import { holdRun } from '../commands/run-lease.ts';
import { programOnPath } from '../test/program-on-path.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { liveRuns } from './fixtures/live-runs.ts';

const stty = promisify(execFile);

/** The command line on a real pseudo-terminal, whose output a real terminal emulator draws. */
async function onTerminal(args: string, env: Readonly<Record<string, string>> = {}) {
  const script = await programOnPath('script', 'bsdutils');
  const command = `tty; stty rows 24 cols 80; exec '${process.execPath}' '${inject('door')}' ${args}`;
  const child = spawn(script, ['-qec', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', ...env },
  });
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const looks = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    terminal.write(text, () => {
      for (const look of looks) look();
    });
  });
  const lines = (): string[] => {
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  };
  return {
    terminal,
    lines,
    output: () => output,
    shows: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (!lines().join('\n').includes(text)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        void ended.then(() => reject(new Error(`it ended without showing "${text}":\n${lines().join('\n')}`)));
        look();
      }),
    press: (keys: string) => void child.stdin.write(keys),
    resize: async (columns: number, rows: number) => {
      const [pty] = /\/dev\/pts\/\d+/.exec(output) ?? [];
      if (pty === undefined) throw new Error('the pseudo-terminal did not say its name');
      terminal.resize(columns, rows);
      await stty('stty', ['-F', pty, 'rows', String(rows), 'cols', String(columns)]);
    },
    ended,
  };
}

describe('comeback watch on a terminal', () => {
  it('is one screen that follows the size of its window, and leaves everything as it was', async () => {
    await using reports = await temporaryDirectory();
    const directory = join(reports.path, '2026-01-01T22-00-00Z-elysium');
    await storeRun(directory, liveRuns['under way, one lost'].events);
    await using _lease = await holdRun(directory);
    const screen = await onTerminal(`watch --reports '${reports.path}'`);
    await screen.shows('q quits, the run goes on');
    expect(screen.terminal.buffer.active.type).toBe('alternate');
    expect(screen.lines()[4]).toMatch(/^cycle 38\/100 {2}starting the VM/);
    expect(screen.lines()).toHaveLength(24);

    await screen.resize(130, 30);
    await screen.shows('health when last seen');
    expect(screen.lines()[29]).toBe('q quits, the run goes on');

    screen.press('q');
    expect(await screen.ended).toBe(0);
    expect(screen.terminal.buffer.active.type).toBe('normal');
    expect(screen.lines().join('\n')).toMatch(/^2026-01-01T22-00-00Z-elysium .*\n.*Shown so far\n/ms);
    expect(screen.lines().join('\n')).not.toContain('q quits');
    // The cursor is there again.
    expect(screen.output().lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.output().lastIndexOf('\u001b[?25l'));
  });

  it('takes Ctrl-C as everywhere, and colours nothing where nobody wants it', async () => {
    await using reports = await temporaryDirectory();
    const directory = join(reports.path, '2026-01-01T22-00-00Z-elysium');
    await storeRun(directory, liveRuns['under way, one lost'].events);
    await using _lease = await holdRun(directory);
    const screen = await onTerminal(`watch --reports '${reports.path}'`, { NO_COLOR: '1' });
    await screen.shows('q quits, the run goes on');
    screen.press('\u0003');
    expect(await screen.ended).toBe(130);
    const colours = screen
      .output()
      .split('\u001b[')
      .filter((sequence) => /^[\d;]*m/.test(sequence));
    expect(colours).toEqual([]);
    expect(screen.terminal.buffer.active.type).toBe('normal');
  });
});
