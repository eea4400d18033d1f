import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatJson, inventoryJsonSchema } from './json-schema.ts';

describe('inventoryJsonSchema', () => {
  it('docs/lab-inventory.schema.json is current', async () => {
    const kept = await readFile(new URL('../../docs/lab-inventory.schema.json', import.meta.url), 'utf8');
    const mend = 'npm run -s comeback -- inventory schema > docs/lab-inventory.schema.json';
    expect(kept, `the schema has changed; write the file again with: ${mend}`).toBe(
      `${formatJson(inventoryJsonSchema())}\n`,
    );
  });

  it('is draft-7 and refuses unknown keys everywhere', () => {
    const schema = inventoryJsonSchema();
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    const open: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('properties' in value && !('additionalProperties' in value && value.additionalProperties === false))
        open.push(path);
      for (const [key, child] of Object.entries(value)) walk(child, `${path}/${key}`);
    };
    walk(schema, '');
    expect(open).toEqual([]);
  });
});

describe('formatJson', () => {
  it.each([
    [{}, '{}'],
    [[], '[]'],
    [{ a: [1, 'b', null], c: { d: true } }, '{\n  "a": [1, "b", null],\n  "c": {\n    "d": true\n  }\n}'],
    [[{ a: 1 }], '[\n  {\n    "a": 1\n  }\n]'],
    [['x'.repeat(70), 'y'.repeat(70)], `[\n  "${'x'.repeat(70)}",\n  "${'y'.repeat(70)}"\n]`],
  ])('%j', (value, text) => {
    expect(formatJson(value)).toBe(text);
  });
});
