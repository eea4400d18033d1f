import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeadlineError, type Wait } from '../../wait.ts';
import { howItEnded, runOnController } from '../controller-command.ts';
import { lookUpSecret, type SecretSource } from '../secret.ts';
import { lastLines } from './command-output.ts';
import { BiosConfigError, BiosFlashFailedError } from './errors.ts';
import type { BiosFlasher, FlashResult } from './flasher.ts';
import { askedImage, type BiosImages, filledIn } from './images.ts';

export interface CommandFlashConfig {
  /** Program and arguments, in which `{version}` and `{image}` stand for what is asked for. */
  readonly flash: readonly string[];
  readonly images?: BiosImages;
  /** Variables that the command gets: no secret on a command line, where ps shows it. */
  readonly environment: Readonly<Record<string, SecretSource>>;
}

const halfWritten =
  'Its flash may be half written: look at it before the host is rebooted or switched off, and flash it again.';

/** Any program on the controller that flashes the host: through its service processor, by SSH, by a programmer on the chip. */
export class CommandFlasher implements BiosFlasher {
  readonly driver = 'command';
  readonly #host: string;
  readonly #config: CommandFlashConfig;

  constructor(host: string, config: CommandFlashConfig) {
    this.#host = host;
    this.#config = config;
  }

  async flash(version: string, wait: Wait): Promise<FlashResult> {
    const asked = await askedImage(this.#host, this.#config.images, version);
    const argv = this.#config.flash.map((word) => filledIn(word, asked));
    const environment = await this.#environment();
    wait.signal?.throwIfAborted();
    const directory = await mkdtemp(join(tmpdir(), 'comeback-flash-'));
    try {
      // Into a file, not a pipe: should comeback die, the flasher would be killed by its next word (SIGPIPE), half-way.
      await using output = await open(join(directory, 'output'), 'wx+', 0o600);
      const description = `the flash command ${argv[0] ?? ''}`;
      const failed = async (reason: string, cause?: unknown): Promise<BiosFlashFailedError> =>
        new BiosFlashFailedError(this.#host, version, `${description} ${reason}`, {
          advice: halfWritten,
          output: await lastLines(output, Object.values(environment)),
          cause,
        });
      const command = { argv, environment, description, outputFd: output.fd };
      const ended = await runOnController(command, { timeoutMs: wait.timeoutMs }).catch(async (error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        throw await failed(`did not end within ${(wait.timeoutMs / 1000).toFixed(1)} s and was killed`, error);
      });
      if (ended.exitCode !== 0) throw await failed(howItEnded(ended));
      return { next: 'reboot', output: await lastLines(output, Object.values(environment)) };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #environment(): Promise<Record<string, string>> {
    const environment: Record<string, string> = {};
    for (const [name, source] of Object.entries(this.#config.environment)) {
      const found = await lookUpSecret(source);
      if ('problem' in found) {
        throw new BiosConfigError(
          `A secret for flashing the BIOS of ${this.#host} ${found.problem}. Nothing was flashed.`,
          { cause: found.cause },
        );
      }
      environment[name] = found.value;
    }
    return environment;
  }
}
