/** The commands of `qm` that the twin has, each with its options (PVE::CLI::qm). */
const optionsOf = {
  config: { current: 'boolean' },
  list: { full: 'boolean' },
  shutdown: { skiplock: 'boolean', timeout: 'integer', keepActive: 'boolean', forceStop: 'boolean' },
  start: { skiplock: 'boolean', timeout: 'integer' },
  status: { verbose: 'boolean' },
  stop: { skiplock: 'boolean', timeout: 'integer', keepActive: 'boolean', 'overrule-shutdown': 'boolean' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, 'boolean' | 'integer'>>>>;

export type QmVerb = keyof typeof optionsOf;

export interface QmCall {
  readonly verb: QmVerb;
  /** NaN for `list`, which takes no VM. */
  readonly vmid: number;
  /** Options that are on; the value of an integer option does not matter to the twin. */
  readonly options: ReadonlySet<string>;
}

const isVerb = (word: string): word is QmVerb => Object.hasOwn(optionsOf, word);

/**
 * Reads the words after `qm` as Getopt::Long does for Proxmox: one dash or two, `--name value` or `--name=value`.
 *
 * @returns a text for stderr where they are no call; qm then ends with 255
 */
export function qmCall(args: readonly string[]): QmCall | string {
  const [verb, ...rest] = args;
  if (verb === undefined) return 'ERROR: no command specified\n';
  if (!isVerb(verb)) return `ERROR: unknown command 'qm ${verb}'\n`;
  const known: Readonly<Record<string, 'boolean' | 'integer'>> = optionsOf[verb];
  const usage = `qm ${verb} ${verb === 'list' ? '' : '<vmid>'} [OPTIONS]\n`;
  const options = new Set<string>();
  const positionals: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    const [, name, attached] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined) {
      positionals.push(word);
      continue;
    }
    const type = known[name];
    if (type === undefined) return `Unknown option: ${name}\n400 unable to parse option\n${usage}`;
    const next = rest[at + 1] ?? '';
    const takesNext = attached === undefined && (type === 'integer' ? /^\d+$/ : /^[01]$/).test(next);
    const value = attached ?? (takesNext ? next : '1');
    if (takesNext) at++;
    if (type === 'integer' || value !== '0') options.add(name);
  }
  if (verb === 'list') return { verb, vmid: Number.NaN, options };
  const [vmid, tooMany] = positionals;
  if (vmid === undefined) return `400 not enough arguments\n${usage}`;
  if (tooMany !== undefined) return `400 too many arguments\n${usage}`;
  if (!/^\d+$/.test(vmid)) {
    return `400 Parameter verification failed.\nvmid: type check ('integer') failed - got '${vmid}'\n${usage}`;
  }
  if (Number(vmid) < 100) {
    return `400 Parameter verification failed.\nvmid: value must have a minimum value of 100\n${usage}`;
  }
  return { verb, vmid: Number(vmid), options };
}
