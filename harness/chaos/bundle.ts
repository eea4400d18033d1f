import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Puts the controller into one file: most of a short session would go into loading it module by module.
 *
 * @returns the file.
 */
export async function bundleController(): Promise<string> {
  // Packages are looked for from where it lies.
  const folder = fileURLToPath(new URL('../../node_modules/.cache/comeback-chaos', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `controller-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('controller.ts', import.meta.url))],
    ...{
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
    },
    // Modules that are loaded later must be initialised later: the disk has to be in place first.
    splitting: false,
    plugins: [
      {
        name: 'files beside their module',
        setup: (builder) => {
          builder.onLoad({ filter: /harness\/.*\.ts$/ }, ({ path }) => ({
            loader: 'ts',
            contents: readFileSync(path, 'utf8').replaceAll(
              'import.meta.url',
              JSON.stringify(pathToFileURL(path).href),
            ),
          }));
        },
      },
    ],
  });
  return outfile;
}
