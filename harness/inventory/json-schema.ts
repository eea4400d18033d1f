import { z } from 'zod';
import { inventorySchema } from './schema.ts';

/** JSON Schema (draft-7) of the inventory as people write it, with descriptions and defaults, for editors. */
export function inventoryJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(inventorySchema, { io: 'input', target: 'draft-7' });
}

const lineWidth = 120;

/** JSON as prettier prints it: two spaces, lists of plain values on one line where they fit. */
export function formatJson(value: unknown, indent = '', prefixLength = 0): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (items.every((item) => typeof item !== 'object' || item === null)) {
      const flat = `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
      if (indent.length + prefixLength + flat.length + 1 <= lineWidth) return flat;
    }
    return `[\n${items.map((item) => inner + formatJson(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const lines = Object.entries(value).map(([key, item]) => {
      const prefix = `${JSON.stringify(key)}: `;
      return inner + prefix + formatJson(item, inner, prefix.length);
    });
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}
