import { z } from 'zod';
import { argv, resolveEnvironmentPaths, secretEnvironment } from './controller-command.ts';
import { filePath, text } from './fields.ts';

const images = z
  .record(z.string().min(1, 'must be a BIOS version'), filePath('File with the image of this version'))
  .optional()
  .describe(
    'Image files on the controller by BIOS version, in quotes; a version that is not among them is then refused.',
  );

/** Words in braces that a flash command or an instruction may hold. */
const placeholders = new Set(['version', 'image']);

const command = z
  .strictObject({
    driver: z.literal('command'),
    flash: argv.describe(
      'Program on the controller that flashes the BIOS, and its arguments, one word each; no shell reads them. {version} and ' +
        '{image} stand for what is asked for. It succeeds with exit code 0; the new BIOS runs from the next boot on.',
    ),
    images,
    environment: secretEnvironment.describe('Variables for the command, for secrets.'),
  })
  .superRefine(({ flash, images: known }, context) => {
    if (context.issues.length > 0) return;
    const used = new Set<string>();
    for (const [index, word] of flash.entries()) {
      for (const name of placeholdersOf(word)) {
        used.add(name);
        if (placeholders.has(name)) continue;
        context.addIssue({
          code: 'custom',
          path: ['flash', index],
          message: `{${name}} stands for nothing here; {version} and {image} do`,
        });
      }
    }
    if (used.size === 0) {
      const message = 'flashes the same whatever is asked for: {version} or {image} must stand in one of its words';
      context.addIssue({ code: 'custom', path: ['flash'], message });
    }
    if (used.has('image') && known === undefined) {
      const message = 'has {image}, so "images" must say which file each version is';
      context.addIssue({ code: 'custom', path: ['flash'], message });
    }
    if (!used.has('image') && known !== undefined) {
      const message = 'no word of "flash" is {image}, so these files would never be used';
      context.addIssue({ code: 'custom', path: ['images'], message });
    }
  });

const manual = z.strictObject({
  driver: z.literal('manual'),
  instructions: text()
    .optional()
    .describe('How it is done on this board, for the operator. {version} and {image} stand for what is asked for.'),
  images,
});

const virtualLab = z.strictObject({ driver: z.literal('virtual-lab') });

/** How the BIOS of a host is flashed. */
export const bios = z
  .discriminatedUnion(
    'driver',
    [command, manual, virtualLab],
    'must have a driver: command, manual (parks the run and tells the operator) or virtual-lab',
  )
  .describe('How to flash the BIOS of the host. Absent: a cell with another BIOS than the one that runs is refused.');

/** The flashing of a host's BIOS as the inventory describes it, defaults filled in. */
export type BiosConfig = z.output<typeof bios>;

/** The same with absolute paths. */
export function resolveBiosPaths(config: BiosConfig, inPath: (path: string) => string): BiosConfig {
  const imagesIn = (known: Readonly<Record<string, string>> | undefined) =>
    known && Object.fromEntries(Object.entries(known).map(([version, path]) => [version, inPath(path)] as const));
  switch (config.driver) {
    case 'command':
      return {
        ...config,
        images: imagesIn(config.images),
        environment: resolveEnvironmentPaths(config.environment, inPath),
      };
    case 'manual':
      return { ...config, images: imagesIn(config.images) };
    case 'virtual-lab':
      return config;
  }
}

function placeholdersOf(word: string): string[] {
  return [...word.matchAll(/\{([a-z]+)\}/gi)].map(([, name = '']) => name);
}
