import { z } from 'zod';
import { type PciAddress, parsePciAddress } from '../pci/address.ts';

/** One function as a Linux guest has it. */
export interface GuestFunction {
  /** The guest's own address; the host's is another. */
  readonly address: PciAddress;
  /** `vendor:device`, lower case. */
  readonly id: string;
  /** Class code, six hex digits, as in `0c0330`. */
  readonly classCode: string;
  readonly driver: string | null;
  /** Times a driver has enabled it (`enable` in sysfs). */
  readonly enabled: number;
  /** First address of BAR 0; 0n where the function has none, or nobody gave it one. */
  readonly bar0: bigint;
  /** USB root hubs below it. */
  readonly rootHubs: number;
  /** HDA codecs that answered, or PCM streams of another kind of sound card. */
  readonly codecs: number;
}

/**
 * Lists the functions of a guest whose ids are among its arguments, in one pass of a POSIX shell that starts no program. Reads
 * cached values of sysfs only (Documentation/ABI/testing/sysfs-bus-pci): it must not wake what it asks about.
 * `usbN` is a root hub (drivers/usb/core/hcd.c), `hdaudioCnDn` a codec that answered (sound/pci/hda/hda_codec.c). A card alone shows
 * nothing: snd_hda_intel registers one where it says "no codecs found!" too.
 */
const script = `for d in /sys/bus/pci/devices/*; do
read -r v < $d/vendor && read -r i < $d/device && read -r c < $d/class || continue
i=\${v#0x}:\${i#0x}
case " $* " in *" $i "*) ;; *) continue ;; esac
read -r e < $d/enable || e=0
read -r b r < $d/resource || b=0
k=- h=0 s=0
[ -e $d/driver ] && k=$(cd -P $d/driver && echo \${PWD##*/})
for u in $d/usb[0-9]*; do [ -e $u ] && h=$((h + 1)); done
for u in $d/hdaudioC*; do [ -e $u ] && s=$((s + 1)); done
[ $s = 0 ] && for u in $d/sound/card*/pcm*; do [ -e $u ] && s=$((s + 1)); done
echo "\${d##*/} $i \${c#0x} $k $e $b $h $s"
done
echo end`;

/** The probe as a program and its arguments. @param ids `vendor:device` of the functions that are looked for. */
export function guestProbe(ids: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', script, 'comeback', ...new Set(ids)];
}

const count = z.coerce.number().int().nonnegative();

const probeLine = z
  .tuple([
    z.string().transform((text, context) => {
      const address = parsePciAddress(text);
      if (address !== undefined) return address;
      context.addIssue('no PCI address');
      return z.NEVER;
    }),
    z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/),
    z.string().regex(/^[0-9a-f]{6}$/),
    z.string().min(1),
    count,
    z.string().regex(/^(?:0x[0-9a-f]+|0)$/),
    count,
    count,
  ])
  .transform(([address, id, classCode, driver, enabled, bar0, rootHubs, codecs]): GuestFunction => ({
    address,
    id,
    classCode,
    driver: driver === '-' ? null : driver,
    enabled,
    bar0: BigInt(bar0),
    rootHubs,
    codecs,
  }));

/** Reads what the probe printed; undefined where it is not that, or not all of it. In the order of the guest's addresses. */
export function guestFunctionsIn(stdout: string): GuestFunction[] | undefined {
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.pop() !== 'end') return undefined;
  const parsed = z.array(probeLine).safeParse(lines.map((line) => line.split(' ')));
  return parsed.data?.toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

/**
 * Why the guest cannot use the function; undefined where it can. A driver must be bound to it, and what the driver is there for must
 * show: a USB root hub, an audio codec that answered, an enabled function with a BAR 0 on a display controller.
 */
export function uselessness({ classCode, driver, enabled, bar0, rootHubs, codecs }: GuestFunction): string | undefined {
  if (driver === null) return 'no driver is bound to it';
  if (classCode.startsWith('0c03')) return rootHubs > 0 ? undefined : `${driver} shows no USB root hub`;
  if (classCode.startsWith('04')) return codecs > 0 ? undefined : `${driver} shows no audio codec`;
  if (!classCode.startsWith('03')) return undefined;
  if (bar0 === 0n) return 'its BAR 0 has no address';
  return enabled > 0 ? undefined : `${driver} has not enabled it`;
}
