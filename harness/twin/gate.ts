/** A promise that its owner opens. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** `Promise.withResolvers` for Node 20. */
export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
