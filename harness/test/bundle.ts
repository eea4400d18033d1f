import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Puts a program of ours into one file, for tests that start it again and again: most of a short command's time goes into loading it module by
 * module. It is the same code; packages stay outside. The file goes with this process.
 *
 * @param entry the program's own file.
 * @returns the file.
 */
export async function bundle(entry: URL): Promise<string> {
  // Packages are looked for from where it lies.
  const folder = fileURLToPath(new URL('../../node_modules/.cache/comeback-test', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${basename(entry.pathname, '.ts')}-${process.pid}.mjs`);
  process.once('exit', () => rmSync(outfile, { force: true }));
  await build({
    entryPoints: [fileURLToPath(entry)],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    logLevel: 'error',
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
