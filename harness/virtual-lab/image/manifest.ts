import { z } from 'zod';

/** What an image holds, as it stands beside it: file names within its directory. */
export const imageManifest = z.strictObject({
  /** Raw ext4 file system, mounted as `/`. */
  rootDisk: z.string(),
  /** Raw disk with GRUB and `/boot`, still without a grub.cfg. */
  bootDisk: z.string(),
  /** What `/boot/grub/grub.cfg` is made from. */
  grubConfig: z.string(),
  /** Releases of the kernels, as `uname -r` tells them; the first is the default. */
  kernels: z.tuple([z.string()], z.string()),
});
export type ImageManifest = z.infer<typeof imageManifest>;
