/** A kernel module as its file declares it. */
export interface ModuleFile {
  /** Path below `lib/modules/<release>`. */
  readonly path: string;
  /** Names of the modules it needs, from the `depends=` of its .modinfo section. */
  readonly depends: readonly string[];
}

/** Module names treat `-` and `_` alike (kmod, modprobe(8)). */
export function moduleName(pathOrName: string): string {
  const file = pathOrName.slice(pathOrName.lastIndexOf('/') + 1);
  return file.replace(/\.ko$/, '').replaceAll('-', '_');
}

/** Reads `depends=` out of a module's .modinfo section, which is a run of NUL-terminated `key=value` strings. */
export function declaredDependencies(module: Uint8Array): string[] {
  const found = /\0depends=([^\0]*)\0/.exec(Buffer.from(module).toString('latin1'));
  return (found?.[1] ?? '').split(',').filter((name) => name !== '');
}

/**
 * The modules asked for and all that they need, each after what it needs, so that they can be loaded in this order.
 * @param find reads the module of a name; undefined where the kernel has it built in.
 */
export async function moduleClosure(
  names: readonly string[],
  find: (name: string) => Promise<ModuleFile | undefined>,
): Promise<string[]> {
  const paths: string[] = [];
  const seen = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (seen.has(moduleName(name))) return;
    seen.add(moduleName(name));
    const module = await find(name);
    if (module === undefined) return;
    for (const needed of module.depends) await visit(needed);
    paths.push(module.path);
  };
  for (const name of names) await visit(name);
  return paths;
}
