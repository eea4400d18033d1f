import { fileURLToPath } from 'node:url';
import { loadInventory } from '../harness/inventory/load.ts';
import { downLab, labStatus } from '../harness/virtual-lab/instance.ts';

/**
 * Playwright's global setup: remembers which virtual labs of the inventory were down, and takes those down again at the end. A lab that
 * several projects use boots once.
 */
export default async function labPower(): Promise<() => Promise<void>> {
  const { hosts } = await loadInventory(fileURLToPath(new URL('../lab-inventory.yaml', import.meta.url)));
  const labs = new Set(hosts.flatMap(({ ssh }) => ('virtualLab' in ssh ? [ssh.virtualLab] : [])));
  const isDown = async (name: string): Promise<boolean> => (await labStatus(name)).condition === 'stopped';
  const wereDown: string[] = [];
  for (const name of labs) if (await isDown(name)) wereDown.push(name);
  return async () => {
    for (const name of wereDown) if (!(await isDown(name))) await downLab(name);
  };
}
