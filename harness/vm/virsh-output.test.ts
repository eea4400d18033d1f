import { describe, expect, it } from 'vitest';
import { domainState, dominfoValues, qemuLines } from './virsh-output.ts';

/** As `virsh dominfo` of libvirt 9.0.0 printed it. */
const paused = `Id:             7
Name:           vm102
UUID:           5b0c1d2e-0000-4000-8000-000000000102
OS Type:        hvm
State:          paused
CPU(s):         1
CPU time:       12.0s
Max memory:     65536 KiB
Used memory:    65536 KiB
Persistent:     yes
Autostart:      disable
Managed save:   no
Security model: none
Security DOI:   0
Messages:       tainted: running with undesirable elevated privileges
                tainted: hypervisor feature autodetection override
`;

/** As libvirt 9.0.0 and QEMU 7.2 wrote it. */
const log = `2026-11-22 14:05:02.900+0000: starting up libvirt version: 9.0.0, package: 9.0.0-4+deb12u2 (Debian), hostname: lab
LC_ALL=C \\
/usr/bin/qemu-system-x86_64 \\
-name guest=vm102,debug-threads=on \\
-msg timestamp=on
2026-11-22 14:05:03.147+0000: Domain id=3 is tainted: high-privileges
2026-11-22T14:05:06.840158Z qemu-system-x86_64: vfio: Cannot reset device 0000:03:00.0, depends on group 12 which is not owned.
2026-11-22T14:05:06.853452Z qemu-system-x86_64: vfio: Cannot reset device 0000:2d:00.3, depends on group 17 which is not owned.
`;

describe('what virsh prints', () => {
  it('reads the state and whether a saved one waits', () => {
    const values = dominfoValues(paused);
    expect([values.get('State'), values.get('Managed save'), values.get('CPU(s)')]).toEqual(['paused', 'no', '1']);
    expect(values.size).toBe(15);
  });

  it.each([
    ['shut off', 'stopped'],
    ['running', 'running'],
    ['idle', 'running'],
    ...['paused', 'in shutdown', 'crashed', 'pmsuspended', 'no state'].map((word) => [word, 'other']),
  ])('%s is %s', (word, state) => expect(domainState(word)).toBe(state));

  it("takes QEMU's own words out of its log, and none twice", () => {
    const [first, second] = log.split('\n').slice(-3);
    expect(qemuLines(log, '')).toEqual([first, second]);
    expect(qemuLines(log, `error: process exited: ${first}`)).toEqual([second]);
    expect(qemuLines('', '')).toEqual([]);
  });
});
