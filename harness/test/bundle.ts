import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** A program that starts soon. */
export interface Bundle extends Disposable {
  /** To be started by node. */
  readonly file: string;
}

/** Packages whose own files, or native parts, are looked for beside them. */
const outside = ['ssh2', 'zx', 'nodemailer', 'tsx', 'esbuild'];
/** Some packages ask for others as CommonJS does. */
const requireOfCommonJs =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * Puts a program of ours and its packages into few files, for tests that start it again and again: most of a short command's time goes into
 * loading it module by module. It is the same code, and what it loads on demand stays so. The files go when it is disposed.
 *
 * @param entry the program's own file.
 */
export async function bundle(entry: URL): Promise<Bundle> {
  const name = basename(entry.pathname, '.ts');
  // Packages outside are looked for from where it lies.
  const folder = fileURLToPath(
    new URL(`../../node_modules/.cache/comeback-test/${name}-${process.pid}`, import.meta.url),
  );
  await build({
    entryPoints: [fileURLToPath(entry)],
    ...{ outdir: folder, outExtension: { '.js': '.mjs' }, bundle: true, splitting: true },
    ...{ platform: 'node', format: 'esm', target: 'node20', external: outside },
    banner: { js: requireOfCommonJs },
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
  return {
    file: join(folder, `${name}.mjs`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
