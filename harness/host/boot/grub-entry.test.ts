import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { like } from './fixtures/boot-bench.ts';
import { allEntries, defaultEntry, linuxLineOf, parseGrubConfig } from './grub-config.ts';
import { grubOneShotEntry, ourEntryIn, withOurEntry, withoutOurEntry } from './grub-entry.ts';
import { grubWords, quotedGrubWord, unquotedGrubWord } from './grub-words.ts';

/** From a Debian 12 host with /boot on a partition of its own, shortened. */
const debian = `### BEGIN /etc/grub.d/00_header ###
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="gnulinux-advanced-6e3b>gnulinux-6.1.0-18-amd64-advanced-6e3b"
fi
function gfxmode {
	set gfxpayload="\${1}"
}
### END /etc/grub.d/00_header ###
menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-6e3b' {
	load_video
	gfxmode $linux_gfx_mode
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	search --no-floppy --fs-uuid --set=root 0d9c
	echo	'Loading Linux 6.1.0-21-amd64 ...'
	linux	/vmlinuz-6.1.0-21-amd64 root=/dev/mapper/vg-root ro quiet console=tty0 console=ttyS0,115200 $vt_handoff
	initrd	/amd-ucode.img /initrd.img-6.1.0-21-amd64
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-6e3b' {
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-18-amd64 (recovery mode)' --class os $menuentry_id_option 'gnulinux-6.1.0-18-amd64-recovery-6e3b' {
		linux	/vmlinuz-6.1.0-18-amd64 root=/dev/mapper/vg-root ro single
		initrd	/initrd.img-6.1.0-18-amd64
	}
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-18-amd64' --unrestricted --class os $menuentry_id_option 'gnulinux-6.1.0-18-amd64-advanced-6e3b' {
		savedefault
		linux	/vmlinuz-6.1.0-18-amd64 root=/dev/mapper/vg-root ro quiet
		initrd	/initrd.img-6.1.0-18-amd64
	}
}
source \${config_directory}/custom.cfg
`;
const config = parseGrubConfig(debian);

describe('grub.cfg', () => {
  it('is read with its submenus, its default, and what makes a boot a single one', () => {
    expect(allEntries(config.menu).map(({ id }) => id)).toEqual([
      'gnulinux-simple-6e3b',
      'gnulinux-6.1.0-18-amd64-recovery-6e3b',
      'gnulinux-6.1.0-18-amd64-advanced-6e3b',
    ]);
    expect([config.takesNextEntry, config.sourcesCustom]).toEqual([true, true]);
  });

  it.each([
    ['gnulinux-advanced-6e3b>gnulinux-6.1.0-18-amd64-advanced-6e3b', 'gnulinux-6.1.0-18-amd64-advanced-6e3b'],
    ['0', 'gnulinux-simple-6e3b'],
    ['1', 'gnulinux-6.1.0-18-amd64-recovery-6e3b'],
    ['1>1', 'gnulinux-6.1.0-18-amd64-advanced-6e3b'],
    ['Debian GNU/Linux', 'gnulinux-simple-6e3b'],
    ['no such entry', 'gnulinux-simple-6e3b'],
    ['${saved_entry}', 'gnulinux-6.1.0-18-amd64-advanced-6e3b'],
  ])('default %s starts %s', (value, id) => {
    expect(defaultEntry({ ...config, defaultEntry: value }, '1>1')?.id).toBe(id);
  });
});

describe('our entry', () => {
  it('takes after that of the same kernel, never the recovery one, and writes nothing into grubenv', () => {
    const entry = grubOneShotEntry(config, undefined, { kernel: '6.1.0-18-amd64' }) ?? '';
    expect(entry).toContain('linux /vmlinuz-6.1.0-18-amd64 root=/dev/mapper/vg-root ro quiet\n');
    expect(entry).toContain('--id comeback-once --unrestricted {');
    expect(entry).not.toMatch(/savedefault|single/);
  });

  it('for a kernel that has none takes after the default one, with the versions exchanged', () => {
    const plain = { ...config, defaultEntry: '0' };
    const asked = { kernel: '6.12.1', commandLine: 'console=hvc0 dyndbg="file a +p" -quiet' };
    const entry = grubOneShotEntry(plain, undefined, asked) ?? '';
    expect(entry).toContain(
      "linux /vmlinuz-6.12.1 root=/dev/mapper/vg-root ro $vt_handoff console=hvc0 'dyndbg=file a +p'\n",
    );
    expect(entry).toContain('initrd /amd-ucode.img /initrd.img-6.12.1\n');
    expect(entry).toContain('search --no-floppy --fs-uuid --set=root 0d9c');
  });

  it('is found again in custom.cfg and removed from it without a trace, whatever else is there', () => {
    const entry = grubOneShotEntry(config, undefined, { kernel: '6.1.0-21-amd64', commandLine: 'a=1' }) ?? '';
    const line = fc.constantFrom('set timeout=3', "menuentry 'x' {", '}', '# comment', '### END comeback ###', '');
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const theirs = lines.map((text) => `${text}\n`).join('');
        const custom = withOurEntry(theirs, entry);
        expect(ourEntryIn(custom)).toMatchObject({
          kernel: '6.1.0-21-amd64',
          commandLine: like(/ a=1$/),
        });
        expect(withOurEntry(custom, entry)).toBe(custom);
        expect(withoutOurEntry(custom)).toBe(theirs);
      }),
    );
    expect(ourEntryIn('')).toBeUndefined();
  });

  it('cannot be made without a pattern', () => {
    const empty = parseGrubConfig("menuentry 'Windows' {\n\tchainloader +1\n}\n");
    expect(grubOneShotEntry(empty, undefined, { kernel: '6.1' })).toBeUndefined();
    expect(linuxLineOf([])).toBeUndefined();
  });
});

it('quotes any word so that GRUB reads it back', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: fc.constantFrom('a', ' ', "'", '"', '$', '\\', ';', '{', '=') }),
      (text) => {
        const line = `linux ${quotedGrubWord(text)} x`;
        expect(grubWords(line).map(unquotedGrubWord)).toEqual(['linux', text, 'x']);
      },
    ),
  );
});
