import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { ComebackError } from '../../errors.ts';
import { parseInventoryText } from '../../inventory/document.ts';
import { formatPath, positionOrParent, problemsOf } from '../../inventory/issues.ts';
import { formatProblem, type InventoryProblem } from '../../inventory/problem.ts';
import type { Nonsense } from './sense.ts';

const largestBytes = 64 * 1024;

/** The fault rules cannot be read or cannot be used. Nothing was started. */
export class FaultRulesError extends ComebackError {
  override readonly code = 'LAB_FAULTS_INVALID';
  override readonly kind = 'usage';
  readonly problems: readonly InventoryProblem[];

  constructor(message: string, problems: readonly InventoryProblem[], options?: { cause?: unknown }) {
    super(message, options);
    this.problems = problems;
  }
}

/** A file of fault rules as data, or everything that is wrong with it. */
export type CheckedFaults<T> = { readonly file: T } | { readonly problems: readonly InventoryProblem[] };

/**
 * Reads the text of a fault rule file.
 *
 * @param nonsense finds what is well formed, yet could never happen.
 */
export function checkFaultText<T>(
  text: string,
  schema: z.ZodType<T>,
  nonsense: (file: T) => readonly Nonsense[],
): CheckedFaults<T> {
  const parsed = parseInventoryText(text);
  if ('problems' in parsed) return parsed;
  const { document } = parsed;
  if (document.value === null) return { problems: [{ line: 1, column: 1, path: '', message: 'holds no fault rules' }] };
  const result = schema.safeParse(document.value);
  if (!result.success) {
    const jsonSchema = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
    return { problems: problemsOf(result.error.issues, document, jsonSchema) };
  }
  const problems = nonsense(result.data).map(({ path, message }) => ({
    ...positionOrParent(document, path, 'value'),
    path: formatPath(path),
    message,
  }));
  return problems.length > 0 ? { problems } : { file: result.data };
}

/**
 * The file, checked.
 *
 * @param name what the problems are told of: the path of the file.
 * @throws FaultRulesError with every problem and its line and column.
 */
export function requireSense<T>(name: string, checked: CheckedFaults<T>): T {
  if ('file' in checked) return checked.file;
  const problems = checked.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  throw new FaultRulesError(problems.map((problem) => formatProblem(name, problem)).join('\n'), problems);
}

/** @throws FaultRulesError where there is no such file or it cannot be one of fault rules. */
export async function readFaultText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > largestBytes) throw new FaultRulesError(`${path} is too large for a file of fault rules`, []);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof FaultRulesError) throw cause;
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new FaultRulesError(`cannot read the fault rules ${path} (${reason})`, [], { cause });
  }
}
