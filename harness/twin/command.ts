/** Where a command's output goes. */
export interface CommandOutput {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** A command that the twin answers itself. Resolves to its exit status. */
export type InProcessCommand = (args: readonly string[], output: CommandOutput) => Promise<number>;
