/** A build step leaves about one core to others; more at once would only wait for memory and disk. */
const workers = 2;

/**
 * Does something for each item, two at a time. After a failure nothing more is begun, and what runs is waited for, so that whoever
 * tidies up afterwards is alone.
 *
 * @throws what the first action that failed threw.
 */
export async function twoAtATime<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined && failures.length === 0; item = left.shift()) {
      await action(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  if (failures.length > 0) throw failures[0];
}
