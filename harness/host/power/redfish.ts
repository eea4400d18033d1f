import { z } from 'zod';
import type { Wait } from '../../wait.ts';
import { PowerDeviceError } from './errors.ts';
import { expectSuccess, type HttpDevice, type HttpReply, type HttpRequest, httpRequest } from './http.ts';
import { basicAuthorization } from './http-auth.ts';
import { expectJson } from './json.ts';
import { type Login, readSecret } from './secret.ts';
import type { PowerDriver, PowerState } from './switch.ts';

export interface RedfishConfig {
  readonly url: string;
  /** Path of the ComputerSystem, as in `/redfish/v1/Systems/1`. */
  readonly system: string;
  readonly login: Login;
  readonly authentication: 'basic' | 'session';
  readonly certificateSha256?: string | undefined;
}

const computerSystem = z.object({
  PowerState: z.string().nullish(),
  Actions: z
    .object({ '#ComputerSystem.Reset': z.object({ target: z.string().startsWith('/') }).optional() })
    .optional(),
});

/**
 * A service processor by Redfish (DMTF DSP0266): `ComputerSystem.Reset` with `On` and `ForceOff`, `PowerState` to read.
 * `ForceOff`, because the guest of a wedged host would not hear a polite request.
 */
export class RedfishPower implements PowerDriver {
  readonly description: string;
  readonly tellsState = true;
  readonly patienceMs = 20_000;
  readonly #config: RedfishConfig;
  readonly #device: HttpDevice;

  constructor(config: RedfishConfig) {
    const origin = new URL(config.url);
    this.#config = config;
    this.description = `Redfish ${origin.host}${config.system}`;
    this.#device = { description: this.description, origin, certificateSha256: config.certificateSha256 };
  }

  async on(wait: Wait): Promise<void> {
    await this.#reset('On', wait);
  }

  async off(wait: Wait): Promise<void> {
    await this.#reset('ForceOff', wait);
  }

  async state(wait: Wait): Promise<PowerState> {
    const { PowerState } = await this.#withAccess(wait, (send) => this.#system(send));
    // PoweringOn and PoweringOff (DSP0268, Resource.PowerState) are neither.
    return PowerState === 'On' ? 'on' : PowerState === 'Off' ? 'off' : 'unknown';
  }

  async #reset(type: 'On' | 'ForceOff', wait: Wait): Promise<void> {
    await this.#withAccess(wait, async (send) => {
      const system = await this.#system(send);
      const path = system.Actions?.['#ComputerSystem.Reset']?.target;
      if (path === undefined) {
        throw new PowerDeviceError(this.description, 'it offers no ComputerSystem.Reset', { refused: true });
      }
      expectSuccess(this.#device, await send({ method: 'POST', path, json: { ResetType: type } }));
    });
  }

  async #system(send: Send): Promise<z.output<typeof computerSystem>> {
    return expectJson(this.#device, await send({ method: 'GET', path: this.#config.system }), computerSystem);
  }

  async #withAccess<T>(wait: Wait, use: (send: Send) => Promise<T>): Promise<T> {
    const { user, password: source } = this.#config.login;
    const password = await readSecret(source);
    const sendWith =
      (headers: Readonly<Record<string, string>>): Send =>
      (request) =>
        httpRequest(this.#device, { ...request, headers }, wait);
    if (this.#config.authentication === 'basic') {
      return await use(sendWith({ authorization: basicAuthorization(user, password) }));
    }
    const opened = await httpRequest(
      this.#device,
      {
        method: 'POST',
        path: '/redfish/v1/SessionService/Sessions',
        json: { UserName: user, Password: password },
      },
      wait,
    );
    expectSuccess(this.#device, opened);
    const token = opened.headers['x-auth-token'];
    if (typeof token !== 'string') {
      throw new PowerDeviceError(this.description, 'it opened a session without X-Auth-Token', { refused: true });
    }
    const send = sendWith({ 'x-auth-token': token });
    try {
      return await use(send);
    } finally {
      await this.#closeSession(opened, send);
    }
  }

  /** Service processors have few sessions; one that cannot be closed runs out by itself and changes no result. */
  async #closeSession(opened: HttpReply, send: Send): Promise<void> {
    const { location } = opened.headers;
    if (location === undefined) return;
    const url = new URL(location, this.#device.origin);
    await send({ method: 'DELETE', path: url.pathname }).catch(() => undefined);
  }
}

type Send = (request: HttpRequest) => Promise<HttpReply>;
