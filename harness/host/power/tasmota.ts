import { z } from 'zod';
import type { Wait } from '../../wait.ts';
import { PowerDeviceError } from './errors.ts';
import { type HttpDevice, httpRequest, shortened } from './http.ts';
import { expectJson } from './json.ts';
import { type Login, readSecret } from './secret.ts';
import type { PowerDriver, PowerState } from './switch.ts';

export interface TasmotaConfig {
  readonly url: string;
  /** Number of the relay, from 1. */
  readonly relay: number;
  readonly login?: Login | undefined;
}

const anyReply = z.record(z.string(), z.unknown());
const relayState = z.enum(['ON', 'OFF']);

/**
 * A plug or relay with Tasmota: `/cm?cmnd=Power1%20On`, and `/cm?cmnd=Power1` to read (tasmota.github.io/docs/Commands).
 * The login goes into the query, because that is where Tasmota looks for it. A device with one relay answers `POWER`, others `POWER1`.
 */
export class TasmotaPower implements PowerDriver {
  readonly description: string;
  readonly tellsState = true;
  readonly patienceMs = 10_000;
  readonly #config: TasmotaConfig;
  readonly #device: HttpDevice;

  constructor(config: TasmotaConfig) {
    const origin = new URL(config.url);
    this.#config = config;
    this.description = `Tasmota ${origin.host} relay ${config.relay}`;
    this.#device = { description: this.description, origin };
  }

  async on(wait: Wait): Promise<void> {
    await this.#command(' On', wait);
  }

  async off(wait: Wait): Promise<void> {
    await this.#command(' Off', wait);
  }

  async state(wait: Wait): Promise<PowerState> {
    return await this.#command('', wait);
  }

  async #command(payload: ' On' | ' Off' | '', wait: Wait): Promise<PowerState> {
    const { relay, login } = this.#config;
    const query =
      login === undefined
        ? ''
        : `user=${encodeURIComponent(login.user)}&password=${encodeURIComponent(await readSecret(login.password))}&`;
    const path = `/cm?${query}cmnd=${encodeURIComponent(`Power${relay}${payload}`)}`;
    const reply = await httpRequest(this.#device, { method: 'GET', path }, wait);
    const said = expectJson(this.#device, reply, anyReply);
    const state = relayState.safeParse(said[`POWER${relay}`] ?? (relay === 1 ? said['POWER'] : undefined));
    if (state.success) return state.data === 'ON' ? 'on' : 'off';
    // A wrong password comes as HTTP 200 with {"WARNING":"Need user=<username>&password=<password>"}.
    const refused = 'WARNING' in said || said['Command'] === 'Unknown';
    throw new PowerDeviceError(this.description, `it answered ${shortened(reply.body)}`, { refused });
  }
}
