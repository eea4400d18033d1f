/** What a manager said about one act, at most: enough for a storm of vfio lines, little enough for a journal. */
const maxOutputChars = 8_000;

/** Keeps both ends: QEMU's first complaint and the manager's last word. */
export function shortenedOutput(text: string): string {
  if (text.length <= maxOutputChars) return text;
  const half = maxOutputChars / 2;
  return `${text.slice(0, half)}\n[${text.length - maxOutputChars} characters left out]\n${text.slice(-half)}`;
}
