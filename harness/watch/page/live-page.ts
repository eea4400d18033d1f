import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The live page in one piece, and the hashes by which a browser runs its script and style and no others (CSP level 3, 2.3.1). */
export interface LivePage {
  readonly html: string;
  readonly scriptHash: string;
  readonly styleHash: string;
}

export async function loadLivePage(): Promise<LivePage> {
  const [frame, style, script] = await Promise.all(['html', 'css', 'js'].map(fileOf));
  if (frame === undefined || style === undefined || script === undefined) throw new Error('the live page is not whole');
  const html = frame
    .replace(/<style>.*<\/style>/s, () => `<style>${style}</style>`)
    .replace(/<script>.*<\/script>/s, () => `<script>${script}</script>`);
  return { html, scriptHash: hashOf(script), styleHash: hashOf(style) };
}

function fileOf(ending: string): Promise<string> {
  return readFile(new URL(`live-page.${ending}`, import.meta.url), 'utf8');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
