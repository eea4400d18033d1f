import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { ComebackError } from '../../errors.ts';
import type { WatchOutput } from '../watch-run.ts';
import { metricsText } from './exposition.ts';

/** The textfile could not be written. */
export class TextfileWriteError extends ComebackError {
  override readonly code = 'TEXTFILE_WRITE_FAILED';
  override readonly kind = 'usage';

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `Cannot write ${path}: ${why}. Name a file in the directory of node_exporter's --collector.textfile.directory.`,
      {
        cause,
      },
    );
  }
}

/**
 * Keeps a file for the textfile collector of node_exporter, which takes every `*.prom` of its directory: a reader finds the old metrics
 * or the new ones, never half of them.
 */
export function textfileOutput(path: string): WatchOutput {
  let before = '';
  return {
    view: async (view) => {
      const text = await metricsText(view);
      if (text === before) return;
      before = text;
      const unfinished = `${path}.${process.pid}.tmp`;
      try {
        await writeFile(unfinished, text);
        // node_exporter runs as a user of its own.
        await chmod(unfinished, 0o644);
        await rename(unfinished, path);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw new TextfileWriteError(path, error);
      }
    },
  };
}
