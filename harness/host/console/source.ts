/** Bytes as the console sent them, or a remark of the source on what it could not deliver. */
export type ConsoleChunk = Buffer | { readonly note: string };

/** One connection to a console. It ends when the other side closes it, or throws with the reason of its loss. */
export interface ConsoleStream extends AsyncDisposable {
  readonly chunks: AsyncIterable<ConsoleChunk>;
}

/** A way to hear the console of a lab host. Nothing is ever written to the console. */
export interface ConsoleSource {
  /** Names the source in messages, without secrets. */
  readonly description: string;
  /** Connects once. Rejects where that fails, or with the signal's reason. The signal ends the stream as well. */
  open(signal: AbortSignal): Promise<ConsoleStream>;
}
