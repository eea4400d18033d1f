import type { Wait } from '../../wait.ts';
import type { BiosFlasher, FlashResult } from './flasher.ts';
import { askedImage, type BiosImages, filledIn } from './images.ts';

export interface ManualFlashConfig {
  /** How it is done on this board; `{version}` and `{image}` stand for what is asked for. */
  readonly instructions?: string | undefined;
  readonly images?: BiosImages;
}

/** A person with a stick. Nothing is done here but saying what to do. */
export class ManualFlasher implements BiosFlasher {
  readonly driver = 'manual';
  readonly #host: string;
  readonly #config: ManualFlashConfig;

  constructor(host: string, config: ManualFlashConfig) {
    this.#host = host;
    this.#config = config;
  }

  async flash(version: string, wait: Wait): Promise<FlashResult> {
    wait.signal?.throwIfAborted();
    const asked = await askedImage(this.#host, this.#config.images, version);
    const image = asked.image === undefined ? '' : ` from ${asked.image}`;
    const own = this.#config.instructions;
    const how = own === undefined ? '' : ` ${filledIn(own, asked).replace(/(?<![.!?])\s*$/, '.')}`;
    const instructions = `Flash BIOS ${version} onto ${this.#host}${image}, and boot it.${how}`;
    return { next: 'operator', instructions };
  }
}
