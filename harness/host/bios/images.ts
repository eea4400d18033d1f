import { access, constants } from 'node:fs/promises';
import { UnknownBiosImageError } from './errors.ts';

/** Files on the controller by BIOS version; undefined where the inventory lists none. */
export type BiosImages = Readonly<Record<string, string>> | undefined;

/** What `{version}` and `{image}` stand for. */
export interface Asked {
  readonly version: string;
  /** Absolute path on the controller; undefined where the inventory lists no images. */
  readonly image: string | undefined;
}

/** @throws UnknownBiosImageError where the inventory lists images, but not this one, or where its file cannot be read. */
export async function askedImage(host: string, images: BiosImages, version: string): Promise<Asked> {
  if (images === undefined) return { version, image: undefined };
  const image = Object.hasOwn(images, version) ? images[version] : undefined;
  if (image === undefined) {
    const known = Object.keys(images).join(', ');
    throw new UnknownBiosImageError(host, version, `the inventory has images of ${known === '' ? 'none' : known}`);
  }
  try {
    await access(image, constants.R_OK);
  } catch (cause) {
    throw new UnknownBiosImageError(host, version, `the file ${image} cannot be read`, { cause });
  }
  return { version, image };
}

/** The text with `{version}` and `{image}` filled in; what was filled in is not looked at again. */
export function filledIn(text: string, { version, image }: Asked): string {
  return text.replace(/\{(version|image)\}/g, (word, name) => (name === 'version' ? version : (image ?? word)));
}
