import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Twin } from '../twin/twin.ts';

/** What flashes a twin's BIOS: a program on the controller asks it to, as a BMC is asked. */
export class TwinFlasher implements AsyncDisposable {
  readonly flashed: string[] = [];
  readonly #server: Server;
  #port = 0;

  private constructor(twin: Twin) {
    this.#server = createServer((request, response) => {
      const version = (request.url ?? '/').slice(1);
      this.flashed.push(version);
      twin.flashBios(version);
      response.end();
    });
  }

  static async start(twin: Twin): Promise<TwinFlasher> {
    const flasher = new TwinFlasher(twin);
    flasher.#server.listen(0, '127.0.0.1');
    await once(flasher.#server, 'listening');
    const address = flasher.#server.address();
    flasher.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return flasher;
  }

  /** Its place in the inventory. */
  get bios(): Readonly<Record<string, unknown>> {
    const program = `require('node:http').get('http://127.0.0.1:${this.#port}/{version}').on('error', () => process.exit(1))`;
    return { driver: 'command', flash: [process.execPath, '-e', program] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
