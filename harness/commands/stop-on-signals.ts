import { exitCodes, InterruptedError } from '../errors.ts';

/** Signals by which a person, systemd or a CI runner ends a command. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C can arrive twice: from the terminal, which tells the whole process group, and passed on by npm or our own start script. */
const sameKeypressMs = 1000;

/**
 * Turns the first signal into a request to end in order, and the second into an end at once.
 * The journal is synced at every edge, so even the second loses nothing that was seen.
 */
export function stopOnSignals(say: (words: string) => void): { readonly stop: AbortSignal } & Disposable {
  const controller = new AbortController();
  let firstAtMs = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAtMs < sameKeypressMs) return;
      say('Stopped at once; the VM may still be running.');
      process.exit(exitCodes.interrupted);
    }
    say(
      `${signal}: ending the cycle in order and stopping the VM. Once more stops at once and leaves the VM as it is.`,
    );
    firstAtMs = performance.now();
    controller.abort(new InterruptedError(signal));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    stop: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
