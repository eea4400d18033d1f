/** One test suite of a JUnit file. Names and properties are unique within it. */
export interface JunitSuite {
  readonly name: string;
  /** Dotted, stable from run to run: dashboards tell the history of a case by it. */
  readonly className: string;
  readonly hostname: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly JunitCase[];
}

export interface JunitCase {
  readonly name: string;
  readonly durationMs?: number;
  readonly result: JunitResult;
  /** What a person reads who opens the case. */
  readonly output?: string;
  /** Only in the profile `rich`, as are the two after it. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly reruns?: readonly JunitRerun[];
  /** Paths of files, the most telling first: GitLab shows only one. */
  readonly attachments?: readonly string[];
}

/** `failure` is the product's fault, `error` is ours or the lab's. */
export type JunitResult =
  | { readonly kind: 'passed' | 'skipped' }
  | { readonly kind: 'failure' | 'error'; readonly type: string; readonly message: string; readonly body: string };

/** One more thing that befell a case, in the elements of Maven Surefire, which Jenkins reads (CaseResult.java of its JUnit plugin). */
export interface JunitRerun {
  /** `flakyError`: the case passed all the same. `rerunFailure`: it failed, and this is a further time. */
  readonly kind: 'flakyError' | 'rerunFailure';
  readonly type: string;
  readonly message: string;
  readonly body: string;
}
