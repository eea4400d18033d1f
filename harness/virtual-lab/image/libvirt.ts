import { type BuildContext, run } from './build-step.ts';
import { roomPath } from './recipe-files.ts';

/**
 * Gives libvirt in a root tree what its daemon needs: its users, and what it asks QEMU before the first VM is defined.
 * To be called once nothing of the tree changes any more: libvirt believes its cache while the change times of its own program and of
 * QEMU are as they were (virQEMUCapsIsValid in its src/qemu/qemu_capabilities.c), and mke2fs takes them along.
 */
export async function setUpLibvirt(root: string, context: BuildContext): Promise<void> {
  await run('adding the users of libvirt', ['chroot', root, 'systemd-sysusers'], context);
  await run(
    "filling libvirt's cache",
    // A network of its own, so that nothing of the controller is in reach; without --kill-child a failure would leave the daemon.
    [
      ...['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child'],
      ...['sh', roomPath('image', 'probe-qemu.sh'), root],
    ],
    context,
  );
}
