import { findRuntime } from 'giveback-lab/measure';

/** All that the documents quote. */
const RUNTIMES = ['node@20', 'node@22', 'node@24', 'node@26', 'bun', 'deno'];

/** Those of the runtimes that are here or can be fetched. What cannot is told. */
export async function foundRuntimes(): Promise<string[]> {
  const found: string[] = [];
  for (const runtime of RUNTIMES) {
    try {
      await findRuntime(runtime);
      found.push(runtime);
    } catch (error) {
      console.error(`Without ${runtime}: ${(error as Error).message}`);
    }
  }
  return found;
}
