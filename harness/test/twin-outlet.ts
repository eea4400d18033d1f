import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { Twin } from '../twin/twin.ts';

/** A moment of a switching: before the outlet does it, or when it is done and nobody was told. */
export type OutletMoment = 'before off' | 'after off' | 'before on' | 'after on';

/**
 * The outlet that a twin hangs on, in the language of a Shelly of the first generation: a real driver switches the twin by it.
 * Told to switch on, it gives power; the twin then boots, unless the test boots it itself.
 */
export class TwinOutlet implements AsyncDisposable {
  isOn = true;
  /** False: what hangs on it stays dark until the test calls `twin.powerOn()`. */
  bootsTwin = true;
  /** Called at each moment of each switching. `unheard` before it: the outlet never got the order. */
  onMoment: (moment: OutletMoment) => 'unheard' | undefined = () => undefined;
  readonly #server: Server;
  readonly #twin: Twin;
  #port = 0;

  private constructor(twin: Twin) {
    this.#twin = twin;
    this.#server = createServer((request, response) => {
      const turn = new URL(request.url ?? '/', 'http://outlet').searchParams.get('turn');
      void this.#turn(turn).then(() => response.end(JSON.stringify({ ison: this.isOn })));
    });
  }

  static async start(twin: Twin): Promise<TwinOutlet> {
    const outlet = new TwinOutlet(twin);
    outlet.#server.listen(0, '127.0.0.1');
    await once(outlet.#server, 'listening');
    const address = outlet.#server.address();
    outlet.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return outlet;
  }

  /** Its place in the inventory. */
  get power(): Readonly<Record<string, unknown>> {
    const limits = { cyclesPerHour: 100, minimumOffMs: 0 };
    return { driver: 'shelly', url: `http://127.0.0.1:${this.#port}`, generation: 1, limits };
  }

  /** Somebody pulls the plug. */
  async off(): Promise<void> {
    this.isOn = false;
    await this.#twin.powerOff();
  }

  async #turn(turn: string | null): Promise<void> {
    if (turn !== 'on' && turn !== 'off') return;
    if (this.onMoment(`before ${turn}`) === 'unheard') return;
    if (turn === 'off') {
      await this.off();
    } else {
      const wasOff = !this.isOn;
      this.isOn = true;
      if (wasOff && this.bootsTwin) await this.#twin.powerOn();
    }
    this.onMoment(`after ${turn}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
