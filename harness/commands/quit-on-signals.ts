import { InterruptedError } from '../errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** For a command that only looks: the first signal, or a reader of its output that went away, ends it. */
export function quitOnSignals(): { readonly stop: AbortController } & Disposable {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => stop.abort(new InterruptedError(signal));
  const onError = (): void => stop.abort();
  for (const signal of signals) process.on(signal, onSignal);
  process.stdout.on('error', onError);
  return {
    stop,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
      process.stdout.off('error', onError);
    },
  };
}
