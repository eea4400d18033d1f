import { once } from 'node:events';
import ssh2, { type ClientChannel } from 'ssh2';
import { keyFingerprint } from './keys.ts';
import type { Twin } from './twin.ts';

export interface RawResult {
  readonly stdout: string;
  readonly stderr: string;
  /** null where a signal ended the command or nobody knows how it ended. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A bare ssh2 client for the twin's own tests: it hides nothing of what the wire said. */
export class RawClient implements AsyncDisposable {
  readonly #client: ssh2.Client;
  /** Resolves once the connection is over, with the error that ended it. */
  readonly closed: Promise<Error | undefined>;

  private constructor(client: ssh2.Client) {
    this.#client = client;
    let last: Error | undefined;
    client.on('error', (error) => (last = error));
    this.closed = new Promise((resolve) => client.once('close', () => resolve(last)));
  }

  /** @param privateKey another key than the one the twin lets in */
  static async connect(twin: Twin, privateKey = twin.clientPrivateKey): Promise<RawClient> {
    const client = new ssh2.Client();
    const connected = new RawClient(client);
    client.connect({
      host: '127.0.0.1',
      port: twin.port,
      username: 'root',
      privateKey,
      hostVerifier: (key: Buffer) => keyFingerprint(key) === twin.hostKeySha256,
    });
    await once(client, 'ready');
    client.setNoDelay(true);
    return connected;
  }

  async open(line: string): Promise<ClientChannel> {
    return await new Promise((resolve, reject) => {
      this.#client.exec(line, (error, channel) => {
        if (error === undefined) resolve(channel);
        else reject(error);
      });
    });
  }

  /** Runs a line to its end; stdin is the text, then its end. */
  async exec(line: string, stdin = ''): Promise<RawResult> {
    return await new Promise((resolve, reject) => {
      // Output and exit may come in the same TCP segment as the answer to exec: whoever listens a tick later has missed them.
      this.#client.exec(line, (error, channel) => {
        if (error === undefined) void collect(channel, stdin).then(resolve);
        else reject(error);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.end();
    await this.closed;
  }
}

function collect(channel: ClientChannel, stdin: string): Promise<RawResult> {
  let stdout = '';
  let stderr = '';
  let exitCode: number | null = null;
  let signal: string | null = null;
  channel.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  channel.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  channel.on('exit', (code: number | null, name?: string) => {
    exitCode = code;
    signal = name ?? null;
  });
  channel.end(stdin);
  return new Promise((resolve) => channel.once('close', () => resolve({ stdout, stderr, exitCode, signal })));
}
