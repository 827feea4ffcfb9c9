import { describeHost } from 'giveback-lab/measure';
import type { EvidenceFolder } from './folder.ts';
import type { Item, Task } from './item.ts';

/**
 * Measures what the folder does not have yet, one item after the other, and tells on standard error how long it will
 * take. One that fails does not stop the others.
 *
 * @returns whether the folder has all of them now
 */
export async function measureItems(
  items: readonly Item[],
  folder: EvidenceFolder,
  { isQuick, runtimes }: Omit<Task, 'folder'>,
): Promise<boolean> {
  const missing = items.filter(({ name }) => folder.lacks(name, isQuick));
  for (const item of items) if (!missing.includes(item)) tell(`${item.name}: measured already`);
  const minutes = (some: readonly Item[]): number =>
    some.reduce((sum, { minutes: { full, quick = full } }) => sum + (isQuick ? quick : full), 0);
  tell(`${missing.length} to measure, about ${about(minutes(missing))}, into ${folder.path}`);
  const failed: string[] = [];
  for (const [index, item] of missing.entries()) {
    tell(
      `${index + 1} of ${missing.length}: ${item.name}, ${item.what}; about ${about(minutes(missing.slice(index)))} left`,
    );
    const startedAt = new Date().toISOString();
    try {
      const task = { isQuick, runtimes, folder: folder.begin(item.name) };
      const result = await item.measure(task);
      folder.save({
        format: 'giveback-evidence',
        version: 1,
        name: item.name,
        isQuick,
        startedAt,
        finishedAt: new Date().toISOString(),
        host: describeHost(),
        runtimes,
        result,
      });
    } catch (error) {
      failed.push(item.name);
      tell(`${item.name} failed: ${(error as Error).message}`);
    }
  }
  if (failed.length > 0)
    tell(`Not measured: ${failed.join(', ')}. Call it again to try these anew.`);
  return failed.length === 0;
}

function about(minutes: number): string {
  if (minutes < 90) return `${Math.max(1, Math.round(minutes))} min`;
  return `${(minutes / 60).toFixed(1)} h`;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
