import type { Clock } from '../../clock.ts';
import { ComebackError } from '../../errors.ts';
import type { HostIdentity } from '../../journal/events.ts';
import type { Wait } from '../../wait.ts';
import { identityOf } from '../identity.ts';
import type { LabHost } from '../lab-host.ts';
import type { PowerSwitch } from '../power/switch.ts';
import { BootFailedError, BootNotAsAskedError } from './cell-errors.ts';
import { type AskedBoot, bootDepartures } from './boot-proof.ts';
import { type BootEvent, BootReport } from './boot-report.ts';
import { askedWords } from './command-line.ts';
import { detectLoader } from './detect-loader.ts';
import { NotOneShotError } from './errors.ts';
import { type BootLoader, type BootRequest, describeArmed } from './loader.ts';
import { DidNotComeBackError, DidNotGoDownError, rebootHost, refuseKexec } from './reboot.ts';

/** A cell to boot. Where neither kernel nor command line is asked for, the host's default is booted anew. */
export interface AskedCell extends AskedBoot {
  readonly name: string;
}

export interface BootCellDeps {
  /** The host as it is; bootCell takes it over and disposes it, whatever happens. */
  readonly host: LabHost;
  /** Connects to the host as it comes up; tries until its own deadline. */
  readonly reconnect: (wait: Wait) => Promise<LabHost>;
  /** Puts an event into the journal, on the disk before it resolves. */
  readonly writeDown: (event: BootEvent) => Promise<void>;
  readonly power?: PowerSwitch | undefined;
  /** The last lines of the host's console, where one is recorded. */
  readonly consoleExcerpt?: (() => readonly string[] | Promise<readonly string[]>) | undefined;
  readonly clock: Clock;
  readonly timeouts: {
    /** One command on the host. */
    readonly commandMs: number;
    /** Shutdown, firmware and boot together. */
    readonly bootMs: number;
    /** One power cycle with its minimum off-time. */
    readonly powerMs: number;
    /** How long to try to reach the host for taking an armed boot back after an abort. */
    readonly disarmMs: number;
  };
  readonly signal?: AbortSignal | undefined;
  /** Lets a kernel be booted by a means that a dead kernel does not end (`endsBy: 'good-boot'`). */
  readonly acceptLastingPin?: boolean | undefined;
}

export interface BootedCell {
  /** The host in its new boot; the caller disposes it. */
  readonly host: LabHost;
  readonly identity: HostIdentity;
}

/**
 * Boots a cell once and proves that it runs: boot_id, kernel, command line, BIOS, and the override's own words in the log.
 * After any failure nothing stays armed, as far as the host can be reached; where it cannot, the journal says so.
 *
 * If the controller dies at any moment, the host's default boot is what it was: nothing here writes it, and what is armed ends by
 * itself (see the loaders) with the first start of the host, whatever becomes of the kernel. The one exception is a
 * `next-boot-pin` with a dead kernel, which is refused unless the caller accepts it.
 *
 * @throws NotOneShotError, UnknownKernelError, CommandLineError, KexecRefusedError, NoBootLoaderError before anything was armed;
 * BootNotAsAskedError where another cell came up; BootFailedError where none did; the reason of the signal.
 */
export async function bootCell(asked: AskedCell, deps: BootCellDeps): Promise<BootedCell> {
  const boot = new CellBoot(asked, deps);
  try {
    return await boot.run();
  } catch (error) {
    throw await boot.failed(error);
  }
}

class CellBoot {
  readonly #asked: AskedCell;
  readonly #deps: BootCellDeps;
  readonly #report: BootReport;
  readonly #bootIdBefore: string;
  /** The host as long as it can be spoken to. */
  #host: LabHost | undefined;
  #loader: BootLoader | undefined;
  /** True from the moment from which something may be armed. */
  #mayBeArmed = false;
  #defaultKernel: string | undefined;

  constructor(asked: AskedCell, deps: BootCellDeps) {
    this.#asked = asked;
    this.#deps = deps;
    this.#report = new BootReport(asked.name, deps);
    this.#host = deps.host;
    this.#bootIdBefore = deps.host.observer.hello.bootId;
  }

  async run(): Promise<BootedCell> {
    const { host, signal } = this.#deps;
    const wait = this.#commandWait(signal);
    const loader = await detectLoader(host.session, wait);
    this.#loader = loader;
    await this.#takeBackLeftover(loader, wait);
    const request = await this.#request(loader, wait);
    if (request !== undefined && loader.endsBy === 'good-boot' && this.#deps.acceptLastingPin !== true) {
      throw new NotOneShotError(
        'only a boot that succeeds would end it, so a dead kernel would be booted again after every power cycle',
        'Put /boot on a plain ext4 partition so that GRUB can end it, or accept the lasting pin explicitly.',
      );
    }
    await refuseKexec(host.session, wait);
    await this.#report.intent(this.#asked, loader.kind, this.#bootIdBefore);
    signal?.throwIfAborted();
    this.#mayBeArmed = true;
    // Not to be called off half-way: a command that still runs on the host could arm what was just taken back.
    if (request !== undefined) await loader.arm(request, this.#commandWait(undefined));
    signal?.throwIfAborted();
    const back = await this.#reboot(host, signal);
    this.#host = back;
    return await this.#prove(back);
  }

  /** Tidies up after a failure and puts it into the journal. @returns the error to throw */
  async failed(error: unknown): Promise<unknown> {
    if (!this.#mayBeArmed) {
      await this.#letGo();
      return error;
    }
    const wedged = error instanceof DidNotComeBackError || error instanceof DidNotGoDownError;
    const console = wedged ? await this.#consoleExcerpt() : [];
    let outcome = error;
    if (wedged) outcome = await this.#fallBack(error, console);
    else await this.#disarm();
    await this.#report.done({ ok: false, error: outcome, console, host: this.#host });
    await this.#letGo();
    return outcome;
  }

  async #request(loader: BootLoader, wait: Wait): Promise<BootRequest | undefined> {
    const { kernel, commandLine } = this.#asked;
    if (commandLine !== undefined) askedWords(commandLine);
    this.#defaultKernel = (await loader.kernels(wait)).find(({ isDefault }) => isDefault)?.version;
    if (kernel === undefined && commandLine === undefined) return undefined;
    const running = (): Promise<string> =>
      this.#deps.host.observer.identity(wait).then(({ kernelRelease }) => kernelRelease);
    return { kernel: kernel ?? this.#defaultKernel ?? (await running()), commandLine };
  }

  async #takeBackLeftover(loader: BootLoader, wait: Wait): Promise<void> {
    const leftover = await loader.armed(wait);
    if (leftover === null) return;
    await this.#report.leftover(loader.kind, leftover);
    await loader.clear(wait);
  }

  async #reboot(host: LabHost, signal: AbortSignal | undefined): Promise<LabHost> {
    const { reconnect, clock, timeouts } = this.#deps;
    const wait = withSignal(timeouts.bootMs, signal);
    return await rebootHost(host, { reconnect, clock, wait, commandMs: timeouts.commandMs });
  }

  async #prove(host: LabHost): Promise<BootedCell> {
    const wait = this.#commandWait(this.#deps.signal);
    const identity = identityOf(await host.observer.identity(wait));
    const departures = bootDepartures(this.#asked, this.#bootIdBefore, identity);
    // A loader that should have forgotten the boot and did not would take it again at the next start.
    const loader = await detectLoader(host.session, wait);
    this.#loader = loader;
    const left = await loader.armed(wait);
    if (left !== null) this.#report.note(`${describeArmed(left)} was still armed after the boot and was cleared`);
    await loader.clear(wait);
    if (departures.length > 0) throw new BootNotAsAskedError(this.#asked.name, departures);
    await this.#report.done({ ok: true, console: [], host, identity });
    return { host, identity };
  }

  /** The way back of a host that does not answer: cut its power, so that it starts its default. */
  async #fallBack(error: ComebackError, console: readonly string[]): Promise<BootFailedError> {
    const { power, signal, timeouts, reconnect } = this.#deps;
    const failed = (fallback: HostIdentity | null, trouble?: unknown): BootFailedError =>
      new BootFailedError(this.#asked.name, {
        cause: error,
        console,
        fallback,
        defaultKernel: this.#defaultKernel,
        power: power?.description,
        trouble,
      });
    if (error instanceof DidNotGoDownError) await this.#disarm();
    else await this.#letGo();
    if (power === undefined) return failed(null);
    try {
      await this.#letGo();
      await power.cycle(withSignal(timeouts.powerMs, signal));
      const back = await reconnect(withSignal(timeouts.bootMs, signal));
      this.#host = back;
      const identity = identityOf(await back.observer.identity(this.#commandWait(signal)));
      await this.#disarm();
      return failed(identity);
    } catch (trouble) {
      if (!(trouble instanceof ComebackError) && signal?.aborted !== true) throw trouble;
      return failed(null, trouble);
    }
  }

  /** Takes back what may be armed, whatever the caller's signal says: a boot left armed would surprise the next one who reboots. */
  async #disarm(): Promise<void> {
    const { reconnect, timeouts } = this.#deps;
    const wait = this.#commandWait(undefined);
    const clearOn = async (host: LabHost): Promise<void> => {
      this.#loader ??= await detectLoader(host.session, wait);
      await this.#loader.clear(wait);
    };
    try {
      try {
        if (this.#host !== undefined) {
          await clearOn(this.#host);
          return;
        }
      } catch (error) {
        if (!(error instanceof ComebackError)) throw error;
      }
      await this.#letGo();
      this.#host = await reconnect({ timeoutMs: timeouts.disarmMs });
      await clearOn(this.#host);
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
      this.#report.note(`what was armed could not be taken back: ${error.message}`);
    }
  }

  async #consoleExcerpt(): Promise<readonly string[]> {
    try {
      return (await this.#deps.consoleExcerpt?.()) ?? [];
    } catch (error) {
      this.#report.note(`the console could not be read: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  async #letGo(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    this.#loader = undefined;
    await host?.[Symbol.asyncDispose]();
  }

  #commandWait(signal: AbortSignal | undefined): Wait {
    return withSignal(this.#deps.timeouts.commandMs, signal);
  }
}

function withSignal(timeoutMs: number, signal: AbortSignal | undefined): Wait {
  return signal === undefined ? { timeoutMs } : { timeoutMs, signal };
}
