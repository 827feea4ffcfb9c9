// Programs that npm does not install, such as Debian’s go.
import { accessSync, constants } from 'node:fs';
import { delimiter, resolve } from 'node:path';

/**
 * The options of a test that runs these programs: where one is missing, the test is skipped with a line that says so.
 *
 * @throws with GIVEBACK_REQUIRE_TOOLS set, as `.ci/run` does: where all checks must pass, none may be skipped.
 */
export function needsPrograms(...programs: readonly string[]): { readonly skip: string | false } {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return { skip: false };
  const sentence = `Expected ${missing.join(' and ')} to be installed.`;
  if (process.env.GIVEBACK_REQUIRE_TOOLS) throw new Error(sentence);
  return { skip: sentence };
}

function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => isExecutable(resolve(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
