import { logLines } from './log-line.ts';

const everyKernel = ['4.15', '6.18'] as const;

/** What a kernel says of itself and of the board while it boots. */
export const bootLines = logLines([
  {
    id: 'command-line',
    program: 'kernel',
    begins: ['Command line: ', 'Kernel command line: '],
    pattern: /^(?:Kernel c|C)ommand line: (?<commandLine>.*)/,
    seen: everyKernel,
    source: 'arch/x86/kernel/setup.c, init/main.c',
    level: 'info',
    class: 'benign',
    meaning: 'The command line that the kernel was booted with.',
  },
  {
    id: 'dmi-board',
    program: 'kernel',
    begins: ['DMI: '],
    pattern: /^DMI: (?!Memory slots)(?<board>.+), BIOS (?<bios>.+?) (?<biosDate>\d\d\/\d\d\/\d{4})\s*$/,
    seen: everyKernel,
    source: 'drivers/firmware/dmi_scan.c (dmi_present)',
    level: 'info',
    class: 'benign',
    meaning: 'Board and BIOS.',
  },
  {
    id: 'acs-override-on',
    program: 'kernel',
    begins: ['Warning: PCIe ACS overrides enabled'],
    pattern: /^Warning: PCIe ACS overrides enabled/,
    seen: everyKernel,
    source: 'drivers/pci/quirks.c with the ACS override patch (pcie_acs_override_setup)',
    level: 'warn',
    class: 'benign',
    meaning: 'The kernel has the ACS override patch and uses it; it is required where groups are to be split by force.',
  },
  {
    id: 'function-found',
    program: 'kernel',
    begins: ['['],
    pattern:
      /^\[(?<vendorDevice>[0-9a-f]{4}:[0-9a-f]{4})\] type (?<headerType>[0-9a-f]{2}) class 0x(?<classCode>[0-9a-f]{6})/,
    seen: everyKernel,
    source: 'drivers/pci/probe.c (pci_setup_device)',
    level: 'info',
    class: 'benign',
    meaning: 'A function was found; after a rescan it came back.',
  },
  {
    id: 'bridge-windows',
    program: 'kernel',
    begins: ['PCI bridge to [bus '],
    pattern: /^PCI bridge to \[bus (?<secondary>[0-9a-f]{2})(?:-(?<subordinate>[0-9a-f]{2}))?\]/,
    seen: everyKernel,
    source: 'drivers/pci/probe.c, drivers/pci/setup-bus.c',
    level: 'info',
    class: 'benign',
    meaning: 'The buses behind a bridge.',
  },
  {
    id: 'vgaarb-decodes',
    program: 'kernel',
    begins: ['vgaarb: '],
    pattern: /^vgaarb: (?:changed VGA decodes|VGA decodes changed): /,
    seen: everyKernel,
    source: 'drivers/gpu/vga/vgaarb.c, drivers/pci/vgaarb.c (vga_update_device_decodes)',
    level: 'info',
    class: 'benign',
    meaning: 'A GPU was handed over between drivers.',
  },
]);
