import { ComebackError } from '../errors.ts';

/** The controller lacks programs that the lab is built and run with. */
export class MissingLabPackagesError extends ComebackError {
  override readonly code = 'LAB_PACKAGES_MISSING';
  override readonly kind = 'usage';
  readonly packages: readonly string[];

  constructor(packages: readonly string[], installCommand: string) {
    super(
      `The virtual lab needs Debian packages that are not installed: ${packages.join(', ')}. Run: ${installCommand}`,
    );
    this.packages = packages;
  }
}

/** A root file system with its owners and device nodes can only be made by root. */
export class LabNeedsRootError extends ComebackError {
  override readonly code = 'LAB_NEEDS_ROOT';
  override readonly kind = 'usage';

  constructor() {
    super(
      'Building the image of the virtual lab needs root. Run the same command as root once; the image is then cached.',
    );
  }
}

/** A step of the image build failed; nothing of it is kept. */
export class LabImageError extends ComebackError {
  override readonly code = 'LAB_IMAGE_FAILED';
  override readonly kind = 'infra';
  readonly step: string;

  constructor(step: string, output: string, options?: { cause?: unknown }) {
    super(`The image of the virtual lab could not be built: ${step} failed.\n${output.trimEnd()}`, options);
    this.step = step;
  }
}

/** A lab was to boot a kernel that its image has not. */
export class LabKernelError extends ComebackError {
  override readonly code = 'LAB_KERNEL_UNKNOWN';
  override readonly kind = 'usage';
  readonly release: string;
  readonly releases: readonly string[];

  constructor(release: string, releases: readonly string[]) {
    super(`The lab's image has no kernel ${release}. It has: ${releases.join(', ')}.`);
    this.release = release;
    this.releases = releases;
  }
}

/** The disks of an instance could not be made. */
export class LabDisksError extends ComebackError {
  override readonly code = 'LAB_DISKS_FAILED';
  override readonly kind = 'infra';

  constructor(step: string, said: string) {
    super(`The disks of the lab could not be made: ${step} failed. Is the disk full? ${said.trim()}`);
  }
}

/** QEMU did not start, or the lab host in it did not come to a working SSH. */
export class LabStartError extends ComebackError {
  override readonly code = 'LAB_START_FAILED';
  override readonly kind = 'infra';
  readonly instance: string;

  constructor(instance: string, reason: string, consoleTail: readonly string[], options?: { cause?: unknown }) {
    const tail =
      consoleTail.length === 0
        ? 'Its console is empty.'
        : `Last lines of its console:\n${consoleTail.map((line) => `  ${line}`).join('\n')}`;
    super(`The lab ${instance} did not start: ${reason} It was stopped again. ${tail}`, options);
    this.instance = instance;
  }
}

/** A lab of this name runs that another version of comeback started, with a state that this one cannot read. */
export class LabRunsForeignError extends ComebackError {
  override readonly code = 'LAB_RUNS_FOREIGN';
  override readonly kind = 'usage';

  constructor(directory: string, pid: number) {
    super(
      `Another version of comeback started the lab in ${directory}; its QEMU is process ${pid}. End it with: kill ${pid}`,
    );
  }
}

/** QEMU ended while somebody waited for its lab host. */
export class QemuEndedError extends ComebackError {
  override readonly code = 'LAB_QEMU_ENDED';
  override readonly kind = 'infra';

  constructor(end: string, said: string) {
    super(`QEMU ended ${end}: ${said === '' ? 'it said nothing' : said}.`);
  }
}

/** The lab host said on its console that it will not come up. */
export class BootFailedError extends ComebackError {
  override readonly code = 'LAB_BOOT_FAILED';
  override readonly kind = 'infra';

  constructor(line: string) {
    super(`its console says: ${line}.`);
  }
}

/** A lab of this name runs already, with other parameters than asked for. */
export class LabRunsDifferentlyError extends ComebackError {
  override readonly code = 'LAB_RUNS_DIFFERENTLY';
  override readonly kind = 'usage';
  readonly differences: readonly string[];

  constructor(instance: string, differences: readonly string[]) {
    super(
      `The lab ${instance} runs already, but with another ${differences.join(' and another ')}. ` +
        `Add --restart to stop it and start it anew, or take another --name.`,
    );
    this.differences = differences;
  }
}

/** Somebody asked for a lab that is not up. */
export class LabNotRunningError extends ComebackError {
  override readonly code = 'LAB_NOT_RUNNING';
  override readonly kind = 'infra';
  readonly instance: string;

  constructor(instance: string) {
    const name = instance === 'virtual' ? '' : ` --name ${instance}`;
    super(`The lab ${instance} is not running. Start it with: comeback lab up${name}`);
    this.instance = instance;
  }
}

/** The name of an instance becomes a directory and a socket path. */
export class LabNameError extends ComebackError {
  override readonly code = 'LAB_NAME_INVALID';
  override readonly kind = 'usage';

  constructor(name: string) {
    super(`'${name}' cannot name a lab: use 1 to 32 letters, digits and dashes, a letter or digit first.`);
  }
}

/** QEMU's control socket said no, or went away. */
export class QmpError extends ComebackError {
  override readonly code = 'LAB_QMP_FAILED';
  override readonly kind = 'infra';
}
