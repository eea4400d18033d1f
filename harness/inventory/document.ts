import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import type { InventoryProblem } from './problem.ts';

/** A place in a text, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text of an inventory as data that still knows where each value stands. */
export interface InventoryDocument {
  readonly value: unknown;
  /** @returns undefined where nothing is at the path. */
  positionOf(path: readonly PropertyKey[], what: 'key' | 'value'): Position | undefined;
}

/** Reads YAML 1.2. All syntax problems are reported, but only the first of each line: the others are its echo. */
export function parseInventoryText(
  text: string,
): { readonly document: InventoryDocument } | { readonly problems: InventoryProblem[] } {
  const lineCounter = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    const yaml = parseDocument(text, { stringKeys: true, prettyErrors: false, lineCounter });
    const byLine = new Map<number, InventoryProblem>();
    for (const { message, offset } of syntaxErrors(yaml)) {
      // The parser recurses and reports its own exhausted stack as an error of the text.
      if (message === 'Maximum call stack size exceeded') throw new RangeError(message);
      const position = positionAt(offset);
      if (!byLine.has(position.line)) byLine.set(position.line, { ...position, path: '', message });
    }
    if (byLine.size > 0) return { problems: [...byLine.values()] };
    const value: unknown = yaml.toJS();
    return {
      document: {
        value,
        positionOf: (path, what) => {
          const offset = offsetOf(yaml, path, what);
          return offset === undefined ? undefined : positionAt(offset);
        },
      },
    };
  } catch (error) {
    // Nesting without end, or aliases that would expand without bound.
    const reason =
      error instanceof RangeError ? 'nested too deeply' : error instanceof Error ? error.message : 'unknown';
    return { problems: [{ line: 1, column: 1, path: '', message: `cannot be read as YAML: ${reason}` }] };
  }
}

function syntaxErrors(document: Document.Parsed): { readonly message: string; readonly offset: number }[] {
  const found = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ message, offset: pos[0] }));
  const anchors = new Set<string>();
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor);
      } else if (!anchors.has(node.source)) {
        found.push({ message: `no anchor &${node.source} stands before this alias`, offset: node.range?.[0] ?? 0 });
      }
    },
  });
  return found.sort((a, b) => a.offset - b.offset);
}

function offsetOf(document: Document, path: readonly PropertyKey[], what: 'key' | 'value'): number | undefined {
  let key: Node | undefined;
  let node: unknown = document.contents;
  for (const step of path) {
    const container = isAlias(node) ? node.resolve(document) : node;
    if (isMap(container)) {
      const pair = container.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (pair === undefined || !isScalar(pair.key)) return undefined;
      key = pair.key;
      node = pair.value;
    } else if (isSeq(container)) {
      key = undefined;
      node = container.items[Number(step)];
      if (node === undefined) return undefined;
    } else {
      return undefined;
    }
  }
  const isEmpty = isScalar(node) && node.source === '' && node.type === 'PLAIN';
  if (key !== undefined && (what === 'key' || isEmpty)) return key.range?.[0];
  return isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : 0;
}
