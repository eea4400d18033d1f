import { describe, expect, it } from 'vitest';
import { comeback } from '../test/comeback-process.ts';
import { LabBench } from '../test/lab-bench.ts';

/** What the lab host itself says of VM starts: its task log and who owns the functions. */
async function hostSide(lab: LabBench): Promise<{ starts: string; drivers: string }> {
  return {
    starts: await lab.onHost(['find', '/var/log', '-name', '*:qmstart:*']),
    drivers: await lab.onHost(['ls', '/sys/bus/pci/drivers/']),
  };
}

describe.each([
  ['without the override', '', 'booted without pcie_acs_override'],
  ['with "downstream" alone', 'pcie_acs_override=downstream', 'pcie_acs_override is "downstream"'],
])('a real kernel %s', (_title, commandLine, advice) => {
  it('is refused by name of the SATA controller, and no VM is ever started', async () => {
    await using lab = await LabBench.boot('test-lumped', commandLine);

    const verify = await comeback(['verify', ...lab.hostArgs]);
    expect(verify.exitCode, verify.stderr).toBe(4);
    expect(verify.stdout).toMatch(/HOST {2}03:00\.1 .*SATA controller, driver ahci/);
    expect(verify.stderr).toMatch(/03:00\.0 shares IOMMU group \d+ with 03:00\.1/);
    expect(verify.stderr).toContain(advice);

    const soak = await comeback([...lab.soakArgs, '--cycles', '2', '--json']);
    expect(soak.exitCode, soak.stderr).toBe(4);
    expect(JSON.parse(soak.stdout)).toMatchObject({ outcome: 'refused', cycles: 0 });

    const { starts, drivers } = await hostSide(lab);
    expect(starts).toBe('');
    expect(drivers.split('\n')).not.toContain('vfio-pci');
  });
});
