/** The loader puts these there, another one for each kernel. */
const ofTheLoader = /^(?:BOOT_IMAGE|initrd)=/;

/** The words of a kernel command line; a word may hold spaces in double quotes (Documentation/admin-guide/kernel-parameters.rst). */
function wordsOf(commandLine: string): readonly string[] {
  const words = commandLine.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return words.filter((word) => !ofTheLoader.test(word));
}

/**
 * What tells kernel command lines apart: for each line its words that not all of them have. Lines with the same label boot the same way; the
 * label is empty where a line has nothing that the others lack.
 */
export function commandLineLabels(lines: readonly string[]): readonly string[] {
  const all = lines.map(wordsOf);
  const isCommon = (word: string): boolean => all.every((words) => words.includes(word));
  const common = new Set((all[0] ?? []).filter(isCommon));
  return all.map((words) => words.filter((word) => !common.has(word)).join(' '));
}
