import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Remembers what is there of a folder that is about to be made. Returns the function that makes it so again: a folder that was
 * there is empty again, and one that was not is gone, with those around it that were not there either.
 */
export function rememberFolder(folder: string): () => void {
  const existed = existsSync(folder);
  const parents: string[] = [];
  for (let parent = dirname(folder); !existsSync(parent); parent = dirname(parent)) {
    parents.push(parent);
  }
  return () => {
    if (existed) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      return;
    }
    rmSync(folder, { recursive: true, force: true });
    for (const parent of parents) rmdirSync(parent);
  };
}
