import type { Clock } from '../clock.ts';

/** Shows a person how far a lab is: steps as lines, and its console as one line that moves. */
export interface LabProgress extends Disposable {
  readonly progress: (text: string) => void;
  readonly consoleLine: (line: string) => void;
}

/** The console says hundreds of lines in a boot; a log of a CI job wants a sign of life, not all of them. */
const logIntervalMs = 2_000;
const columnsWithoutTerminal = 120;

export function labProgress(stream: NodeJS.WriteStream, clock: Clock): LabProgress {
  const startedMs = clock.nowMs();
  const seconds = (): string => `${((clock.nowMs() - startedMs) / 1000).toFixed(1).padStart(6)} s`;
  let shownMs = -Infinity;
  let open = false;
  const closeLine = (): void => {
    if (open) stream.write('\r\u001b[K');
    open = false;
  };
  return {
    progress: (text) => {
      closeLine();
      stream.write(`${seconds()}  ${text}\n`);
    },
    consoleLine: (line) => {
      const text = `${seconds()}  | ${line}`.slice(0, (stream.isTTY ? stream.columns : columnsWithoutTerminal) - 1);
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${text}`);
        open = true;
      } else if (clock.nowMs() - shownMs >= logIntervalMs) {
        shownMs = clock.nowMs();
        stream.write(`${text}\n`);
      }
    },
    [Symbol.dispose]: closeLine,
  };
}
