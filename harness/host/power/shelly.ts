import { z } from 'zod';
import type { Wait } from '../../wait.ts';
import type { HttpDevice } from './http.ts';
import { requestWithLogin } from './http-auth.ts';
import { expectJson } from './json.ts';
import type { Login } from './secret.ts';
import type { PowerDriver, PowerState } from './switch.ts';

export interface ShellyConfig {
  readonly url: string;
  /** 1: Shelly 1/Plug/2.5 and their like. 2: Plus, Pro and everything after them. */
  readonly generation: 1 | 2;
  /** Number of the relay or switch, from 0. */
  readonly channel: number;
  readonly login?: Login | undefined;
}

const gen1Relay = z.object({ ison: z.boolean() });
const gen2Set = z.object({ was_on: z.boolean() });
const gen2Status = z.object({ output: z.boolean() });

/**
 * A Shelly plug or relay. Gen1: `/relay/N?turn=on|off` and `/relay/N` with Basic authentication; Gen2 and later: the RPC methods
 * `Switch.Set` and `Switch.GetStatus` over HTTP GET with Digest authentication (shelly-api-docs.shelly.cloud).
 */
export class ShellyPower implements PowerDriver {
  readonly description: string;
  readonly tellsState = true;
  readonly patienceMs = 10_000;
  readonly #config: ShellyConfig;
  readonly #device: HttpDevice;

  constructor(config: ShellyConfig) {
    const origin = new URL(config.url);
    this.#config = config;
    this.description = `Shelly ${origin.host} channel ${config.channel}`;
    this.#device = { description: this.description, origin };
  }

  async on(wait: Wait): Promise<void> {
    await this.#turn(true, wait);
  }

  async off(wait: Wait): Promise<void> {
    await this.#turn(false, wait);
  }

  async state(wait: Wait): Promise<PowerState> {
    const { generation, channel } = this.#config;
    const isOn =
      generation === 1
        ? (await this.#get(`/relay/${channel}`, gen1Relay, wait)).ison
        : (await this.#get(`/rpc/Switch.GetStatus?id=${channel}`, gen2Status, wait)).output;
    return isOn ? 'on' : 'off';
  }

  async #turn(on: boolean, wait: Wait): Promise<void> {
    const { generation, channel } = this.#config;
    if (generation === 1) await this.#get(`/relay/${channel}?turn=${on ? 'on' : 'off'}`, gen1Relay, wait);
    else await this.#get(`/rpc/Switch.Set?id=${channel}&on=${String(on)}`, gen2Set, wait);
  }

  async #get<T>(path: string, shape: z.ZodType<T>, wait: Wait): Promise<T> {
    const reply = await requestWithLogin(this.#device, { method: 'GET', path }, this.#config.login, wait);
    return expectJson(this.#device, reply, shape);
  }
}
