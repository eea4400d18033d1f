import { parsePciAddress } from '../pci/address.ts';
import type { LogLineId } from '../pci/kernel-catalogue/catalogue.ts';
import { recogniseKernelText, type RecognisedLine, recogniseLogLine } from '../pci/kernel-catalogue/recognise.ts';
import { cleanLine } from './clean-line.ts';
import { evidenceOf, keptText, type LineTime, type RawLine } from './evidence.ts';
import { FaultTally } from './fault-tally.ts';
import { splitLogPrefix } from './log-prefix.ts';
import { lspciEntry, readLspciDetail } from './lspci.ts';
import { type Boot, functionAt, type MachineFunction } from './machine.ts';
import { MachineRoom } from './machine-room.ts';
import { handedToQemu, type SettingLine, settingLine } from './setting-lines.ts';

/** Lines that tell what a machine is; all others tell what befell it. */
export const factLines: ReadonlySet<LogLineId> = new Set<LogLineId>([
  'kernel-started',
  'command-line',
  'dmi-board',
  'acs-override-on',
  'function-found',
  'bridge-windows',
  'iommu-group-added',
  'iommu-group-added-4.15',
  'iommu-group-removed',
  'iommu-domain-type',
  'iommu-found',
]);

/** How much of a source was understood. */
export interface SourceCount {
  readonly name: string;
  lines: number;
  /** Lines that said something that is kept or counted. */
  understood: number;
}

/** A line that said nothing by itself: it may have been wrapped, and the next one holds the rest. */
interface Unfinished {
  readonly text: string;
  readonly line: number;
  readonly time: LineTime | undefined;
  readonly fromKernel: boolean;
}

/** Reads mailed texts line by line; what it keeps does not grow with their length. */
export class Survey {
  readonly rooms = new MachineRoom();
  readonly tally = new FaultTally();
  readonly sources: SourceCount[] = [];
  #source: SourceCount = { name: '', lines: 0, understood: 0 };
  #lspci: MachineFunction | undefined;
  #group: number | undefined;
  #unfinished: Unfinished | undefined;
  /** The boot whose command line may go on in the next line. */
  #cutCommandLine: Boot | undefined;

  /** What comes now belongs to another text. */
  beginSource(name: string): void {
    this.#source = { name, lines: 0, understood: 0 };
    this.sources.push(this.#source);
    this.#endOfParagraph();
  }

  /** @param raw one line without its end; any text is accepted. */
  takeLine(raw: string): void {
    this.#source.lines += 1;
    const line = cleanLine(raw).trimStart();
    if (line === '') this.#endOfParagraph();
    else if (this.#understands(line)) this.#source.understood += 1;
  }

  #endOfParagraph(): void {
    this.#lspci = undefined;
    this.#group = undefined;
    this.#unfinished = undefined;
    this.#cutCommandLine = undefined;
  }

  #understands(line: string): boolean {
    const log = splitLogPrefix(line);
    return log === undefined ? this.#readsPlain(line) : this.#readsLog(log.text, log.program === 'kernel', log.time);
  }

  #readsLog(text: string, fromKernel: boolean, time: LineTime | undefined): boolean {
    this.#lspci = undefined;
    this.#cutCommandLine = undefined;
    if (fromKernel) this.rooms.boot.kernelLines += 1;
    const found = fromKernel ? recogniseKernelText(text) : recogniseLogLine(text);
    const line = this.#source.lines;
    if (found === undefined) {
      this.#unfinished = { text, line, time, fromKernel };
      return false;
    }
    this.#unfinished = undefined;
    this.#take(found, this.#here(text, line, time));
    if (found.line.id === 'command-line') this.#cutCommandLine = this.rooms.boot;
    return true;
  }

  #readsPlain(line: string): boolean {
    // lspci ends a function with what others begin one with.
    if (this.#lspci !== undefined && /^IOMMU group: \d+$/.test(line)) return this.#takesDetail(line);
    const setting = settingLine(line);
    // QEMU puts the function that it complains of into the same line.
    if (setting?.kind === 'passed-through' && this.#tellsWhatBefell(line)) return true;
    if (setting !== undefined) return this.#takeSetting(setting, line);
    if (this.#takesEntry(line) || this.#takesDetail(line)) return true;
    return this.#tellsWhatBefell(line) || this.#continues(line);
  }

  #tellsWhatBefell(line: string): boolean {
    const found = recogniseLogLine(line);
    if (found === undefined) return false;
    this.#unfinished = undefined;
    this.#take(found, this.#here(line));
    return true;
  }

  /** Mail and forums break long lines, between words or within one. */
  #continues(line: string): boolean {
    const boot = this.#cutCommandLine;
    this.#cutCommandLine = undefined;
    if (boot?.commandLine !== undefined && /^[\w.-]+(?:[=.,:][^\s]*)?(?: |$)/.test(line)) {
      boot.commandLine = keptText(`${boot.commandLine} ${line}`);
      return true;
    }
    const begun = this.#unfinished;
    this.#unfinished = { text: line, line: this.#source.lines, time: undefined, fromKernel: false };
    if (begun === undefined) return false;
    const recognise = begun.fromKernel ? recogniseKernelText : recogniseLogLine;
    for (const whole of [`${begun.text} ${line}`, begun.text + line]) {
      const found = recognise(whole);
      if (found === undefined) continue;
      this.#unfinished = undefined;
      this.#take(found, this.#here(whole, begun.line, begun.time));
      return true;
    }
    return false;
  }

  #takesEntry(line: string): boolean {
    const entry = lspciEntry(line);
    if (entry === undefined) return false;
    const one = functionAt(this.rooms.machine, entry.address);
    one.name = entry.name;
    if (entry.id !== undefined) one.id = entry.id;
    if (entry.classCode !== undefined) one.classCode = entry.classCode;
    if (entry.dead) one.dead ??= evidenceOf(this.#here(line));
    if (this.#group !== undefined) this.rooms.boot.groups.set(one.address, this.#group);
    this.#lspci = one;
    return true;
  }

  #takesDetail(line: string): boolean {
    const one = this.#lspci;
    if (one === undefined) return false;
    const detail = readLspciDetail(one, this.#here(line));
    if (detail?.group !== undefined) this.rooms.boot.groups.set(one.address, detail.group);
    return detail !== undefined;
  }

  #takeSetting(setting: SettingLine, line: string): boolean {
    this.#lspci = undefined;
    switch (setting.kind) {
      case 'group': {
        const address = setting.function === undefined ? undefined : parsePciAddress(setting.function);
        if (address !== undefined) {
          functionAt(this.rooms.machine, address);
          this.rooms.boot.groups.set(address, setting.group);
        } else {
          this.#group = setting.group;
          if (setting.rest !== undefined) this.#takesEntry(setting.rest);
        }
        return true;
      }
      case 'passed-through':
        this.rooms.passThrough(setting.slot, evidenceOf(this.#here(line)));
        return true;
      case 'kernel':
        this.rooms.boot.kernel ??= keptText(setting.release);
        return true;
      case 'command-line':
        this.rooms.boot.commandLine ??= keptText(setting.commandLine);
        return true;
    }
  }

  #take(found: RecognisedLine, raw: RawLine): void {
    const slot = handedToQemu(raw.text);
    if (slot !== undefined) this.rooms.passThrough(slot, evidenceOf(raw));
    this.rooms.takeFact(found, raw);
    if (!factLines.has(found.line.id)) this.tally.add(this.rooms.machine, found, raw);
  }

  #here(text: string, line = this.#source.lines, time?: LineTime): RawLine {
    return { source: this.#source.name, line, text, time };
  }
}
