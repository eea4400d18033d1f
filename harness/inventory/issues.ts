import type { z } from 'zod';
import type { InventoryDocument, Position } from './document.ts';
import { nearest } from './nearest.ts';
import type { InventoryProblem } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Turns what zod found into problems at places of the text, in words for the person who wrote it. */
export function problemsOf(
  issues: readonly Issue[],
  document: InventoryDocument,
  jsonSchema: Readonly<Record<string, unknown>>,
): InventoryProblem[] {
  const problems: InventoryProblem[] = [];
  const report = (path: Path, what: 'key' | 'value', message: string): void => {
    problems.push({ ...positionOrParent(document, path, what), path: formatPath(path), message });
  };
  const visit = (issue: Issue, base: Path): void => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) report([...path, key], 'key', unknownKeyMessage(key, knownKeys(jsonSchema, path)));
    } else if (issue.code === 'invalid_key') {
      for (const inner of issue.issues) report(path, 'key', inner.message);
    } else if (path.length > 0 && document.positionOf(path, 'key') === undefined) {
      const meaning = schemasAt(jsonSchema, path)
        .map((schema) => schema['description'])
        .find((text) => typeof text === 'string');
      report(path, 'key', meaning === undefined ? 'is missing' : `is missing. ${meaning}`);
    } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const member = intendedMember(issue.errors);
      if (member === undefined) report(path, 'value', issue.message);
      else for (const inner of member) visit(inner, path);
    } else if (issue.code === 'invalid_value') {
      report(path, 'value', `must be one of: ${issue.values.map(String).join(', ')}`);
    } else {
      report(path, 'value', issue.message);
    }
  };
  for (const issue of issues) visit(issue, []);
  return problems;
}

/** `hosts.elysium.functions[2].address`; a key that is no plain word is quoted, so that it cannot write to the terminal. */
export function formatPath(path: Path): string {
  let formatted = '';
  for (const step of path) {
    if (typeof step === 'number') formatted += `[${step}]`;
    else if (/^[\w$-]{1,60}$/.test(String(step))) formatted += formatted === '' ? String(step) : `.${String(step)}`;
    else formatted += `[${JSON.stringify(shorten(String(step)))}]`;
  }
  return formatted;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** Where the path is, or where the nearest thing around it is: a missing key has no place of its own. */
export function positionOrParent(document: InventoryDocument, path: Path, what: 'key' | 'value'): Position {
  const own = document.positionOf(path, what);
  if (own !== undefined) return own;
  for (let length = path.length - 1; length > 0; length--) {
    const parent = document.positionOf(path.slice(0, length), 'key');
    if (parent !== undefined) return parent;
  }
  return { line: 1, column: 1 };
}

function unknownKeyMessage(key: string, known: readonly string[]): string {
  if (/pass(word|phrase|wd)|secret|token/i.test(key)) {
    return 'is not a key of the inventory, and secrets have no place in it: give a file, an environment variable or an agent';
  }
  const near = nearest(key, known);
  if (near !== undefined) return `unknown key; did you mean "${near}"?`;
  return `unknown key; known here: ${known.join(', ')}`;
}

/** The member of a union that the writer meant: the only one that knows most of the given keys. */
function intendedMember(members: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const unknown = members.map((issues) =>
    issues.reduce(
      (sum, issue) => sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0),
      0,
    ),
  );
  const fewest = Math.min(...unknown);
  const candidates = members.filter((_, index) => unknown[index] === fewest);
  return candidates.length === 1 ? candidates[0] : undefined;
}

type JsonSchema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every schema that can describe the value at a path: a union has one for each member. */
function schemasAt(root: JsonSchema, path: Path): JsonSchema[] {
  let schemas = withMembers(root);
  for (const step of path) {
    schemas = schemas.flatMap((schema) => {
      const properties = schema['properties'];
      const next =
        typeof step === 'number'
          ? schema['items']
          : isSchema(properties) && Object.hasOwn(properties, step)
            ? properties[String(step)]
            : schema['additionalProperties'];
      return isSchema(next) ? withMembers(next) : [];
    });
  }
  return schemas;
}

function withMembers(schema: JsonSchema): JsonSchema[] {
  const members = [schema['anyOf'], schema['oneOf']].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  return [schema, ...members.filter(isSchema).flatMap(withMembers)];
}

function knownKeys(root: JsonSchema, path: Path): string[] {
  return schemasAt(root, path).flatMap((schema) =>
    isSchema(schema['properties']) ? Object.keys(schema['properties']) : [],
  );
}
