import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { excerpt } from '../core/text.ts';
import { JsonValue } from './json-value.ts';
import { readInside } from './safe-files.ts';

/** Levels of nesting in a file of results. */
const DEEPEST = 20;

/** Reads a JSON file of at most `most` bytes. Nothing in it has been checked but how deep it is. */
export function readJson(folder: string, name: string, most: number): JsonValue {
  const file = join(folder, name);
  const value = parseJson(readInside(folder, name, most), file);
  checkDepth(value, file);
  return new JsonValue(file, '', value);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${file}: cut off or edited, not valid JSON (${excerpt((error as Error).message)})`,
    );
  }
}

/** Refuses values so deep that recursive code would overflow the stack. */
function checkDepth(value: unknown, file: string): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new UsageError(`${file}: nested deeper than ${DEEPEST} levels`);
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
  }
}
