import { z } from 'zod';

const bootableKernel = z.strictObject({
  /** As `uname -r` tells it. */
  release: z.string(),
  /** Debian's bzImage. */
  kernel: z.string(),
  initramfs: z.string(),
});
/** A kernel that a lab host can boot. */
export type BootableKernel = z.infer<typeof bootableKernel>;

/** What an image holds, as it stands beside it: file names within its directory. */
export const imageManifest = z.strictObject({
  /** Raw ext4 file system, mounted as `/`. */
  disk: z.string(),
  kernels: z.tuple([bootableKernel], bootableKernel),
});
export type ImageManifest = z.infer<typeof imageManifest>;
