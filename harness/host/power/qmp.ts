import type { Wait } from '../../wait.ts';
import { PowerDeviceError } from './errors.ts';
import { QmpClient } from './qmp-client.ts';
import type { PowerDriver, PowerState } from './switch.ts';

/** A lab host made of QEMU, as its owner hands it over. */
export interface QemuMachine {
  readonly description: string;
  /** UNIX socket of QEMU's control protocol. */
  readonly qmpSocket: string;
  /** Starts QEMU anew: a power switch cannot know how this machine is put together. */
  start(wait: Wait): Promise<void>;
}

/** The power of a machine in QEMU: `quit` pulls the plug, and QEMU that is not there is a machine without power. */
export class QmpPower implements PowerDriver {
  readonly description: string;
  readonly tellsState = true;
  readonly patienceMs = 60_000;
  readonly #machine: QemuMachine;

  constructor(machine: QemuMachine) {
    this.#machine = machine;
    this.description = machine.description;
  }

  async on(wait: Wait): Promise<void> {
    if ((await this.state(wait)) === 'off') await this.#machine.start(wait);
  }

  async off(wait: Wait): Promise<void> {
    await using client = await this.#connect(wait);
    await client?.quit(wait);
  }

  async state(wait: Wait): Promise<PowerState> {
    await using client = await this.#connect(wait);
    if (client === undefined) return 'off';
    const { status } = await client.status(wait);
    // qapi/run-state.json: a guest that switched itself off under -no-shutdown is `shutdown`.
    return status === 'shutdown' ? 'off' : 'on';
  }

  /** The reset button: the power stays on. Not a power cycle, and no limit applies to it. */
  async reset(wait: Wait): Promise<void> {
    await using client = await this.#connect(wait);
    if (client === undefined) throw new PowerDeviceError(this.description, 'it is not running', { refused: true });
    await client.execute('system_reset', wait);
  }

  async #connect(wait: Wait): Promise<QmpClient | undefined> {
    return await QmpClient.connect(this.#machine.qmpSocket, this.description, wait);
  }
}
