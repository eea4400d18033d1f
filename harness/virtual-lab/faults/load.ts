import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { ComebackError } from '../../errors.ts';
import { parseInventoryText } from '../../inventory/document.ts';
import { formatPath, positionOrParent, problemsOf } from '../../inventory/issues.ts';
import { formatProblem, type InventoryProblem } from '../../inventory/problem.ts';
import { compileFaults } from './compile.ts';
import { faultFileSchema } from './schema.ts';
import { nonsense } from './sense.ts';

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

/**
 * Reads and checks a fault rule file.
 *
 * @returns the rules in the form that the lab's kernel module reads.
 * @throws FaultRulesError with every problem of the file and its line and column.
 */
export async function loadFaultRules(path: string): Promise<string> {
  const checked = checkFaultRules(await readRules(path));
  if ('compiled' in checked) return checked.compiled;
  const problems = checked.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  throw new FaultRulesError(problems.map((problem) => formatProblem(path, problem)).join('\n'), problems);
}

/** @returns the compiled rules, or everything that is wrong with them. */
export function checkFaultRules(
  text: string,
): { readonly compiled: string } | { readonly problems: readonly InventoryProblem[] } {
  const parsed = parseInventoryText(text);
  if ('problems' in parsed) return parsed;
  const { document } = parsed;
  if (document.value === null) return { problems: [{ line: 1, column: 1, path: '', message: 'holds no fault rules' }] };
  const result = faultFileSchema.safeParse(document.value);
  if (!result.success) {
    const jsonSchema = z.toJSONSchema(faultFileSchema, { io: 'input', target: 'draft-7' });
    return { problems: problemsOf(result.error.issues, document, jsonSchema) };
  }
  const problems = nonsense(result.data).map(({ path, message }) => ({
    ...positionOrParent(document, path, 'value'),
    path: formatPath(path),
    message,
  }));
  return problems.length > 0 ? { problems } : { compiled: compileFaults(result.data) };
}

async function readRules(path: string): Promise<string> {
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
