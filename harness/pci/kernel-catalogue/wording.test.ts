import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CataloguedLine, logCatalogue } from './catalogue.ts';
import { recogniseKernelText } from './recognise.ts';

const programs: readonly string[] = ['kernel', 'qemu', 'proxmox', 'libvirt'];
const levels: readonly string[] = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const classes: readonly string[] = [
  ...['reset-failed', 'device-gone', 'bus-reset', 'iommu-fault', 'not-viable-group', 'host-wedged', 'config', 'benign'],
];

describe('every line of the catalogue', () => {
  const wrong = (isRight: (line: CataloguedLine) => boolean): string[] =>
    logCatalogue.filter((line) => !isRight(line)).map(({ id }) => id);

  it('has a program, a level and a class that there are', () => {
    expect(wrong(({ program }) => programs.includes(program))).toEqual([]);
    expect(wrong(({ level }) => levels.includes(level))).toEqual([]);
    expect(wrong((line) => classes.includes(line.class))).toEqual([]);
  });

  it('says which file prints it, and in which versions that was read', () => {
    expect(wrong(({ source }) => /\w\.(?:c|h|pm|pl|in)\b|a kernel module of its own/.test(source))).toEqual([]);
    expect(wrong(({ seen }) => seen.every((version) => /^\d+(?:\.\d+)?$/.test(version)))).toEqual([]);
    expect(wrong(({ seen }) => [...seen].length === 2)).toEqual([]);
  });

  it('says in a sentence what it means, what to do and why it is expected', () => {
    expect(wrong(({ meaning }) => /^\S.+\.$/.test(meaning))).toEqual([]);
    expect(wrong(({ action }) => action === undefined || /^[A-Z].+\.$/.test(action))).toEqual([]);
    expect(wrong(({ expected }) => expected === undefined || /^\S.+[^.]$/.test(expected))).toEqual([]);
  });

  it('is marked where a healthy function prints it too, or not marked', () =>
    expect(wrong(({ suspect = true }) => suspect)).toEqual([]));
});

/** Texts that the catalogue knows, from where their wording begins. */
const worded = ['kernel-lines.txt', 'program-lines.txt']
  .flatMap((file) => readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8').split('\n'))
  .flatMap((row) => {
    const [, id, text = ''] = /^(\w\S*) +[\d.]+\.\.[\d.]+ +\S+ +(.*)$/.exec(row) ?? [];
    const line = logCatalogue.find((one) => one.id === id);
    const beginnings = line?.begins.filter((beginning) => text.includes(beginning)) ?? [];
    const [longest] = beginnings.sort((a, b) => b.length - a.length);
    return line === undefined || longest === undefined ? [] : [{ id, text: text.slice(text.indexOf(longest)) }];
  });

describe('a wording', () => {
  it('begins as its line of the catalogue says', () => {
    const found = worded.filter(({ id, text }) => recogniseKernelText(text)?.line.id === id);
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(logCatalogue.map(({ id }) => id)));
  });

  it('is not what somebody quotes', () => {
    const quoted = worded.map(({ id, text }) => ({ id, text: `${text.slice(0, 3)}, as in "${text}` }));
    expect(quoted.filter(({ id, text }) => recogniseKernelText(text)?.line.id === id)).toEqual([]);
  });

  it.each([
    ['resetting', 'resetting the link'],
    ['reset-done', 'reset done by somebody'],
    ['dmi-board', 'DMI: ASUS System Product Name/ROG CROSSHAIR VII HERO, BIOS 4603 09/13/2021 and more'],
    ['pve-task-end', 'TASK OK, or nearly'],
  ])('of %s ends where its line ends: %s', (id, text) => expect(recogniseKernelText(text)?.line.id).not.toBe(id));
});
