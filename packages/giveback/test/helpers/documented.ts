// The programs of a page of docs/, each written to a file of its own, to be run as it stands there.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface Documented {
  /**
   * Each title with its program, if there is one below it in JavaScript, or in TypeScript for those named. What a page
   * begins with goes by the name of the page: `bodies.md`.
   */
  readonly programs: ReadonlyMap<string, string>;
  /** Where the programs are written; gone when the test file ends. */
  readonly folder: string;
  /** Writes a program to a new file, at a port that is free and with an ending of your own. @returns the file. */
  write(title: string, ending?: string): string;
}

export function documentedIn(page: string, inTypeScript: readonly string[] = []): Documented {
  const file = fileURLToPath(new URL(`../../../../../docs/${page}`, import.meta.url));
  const programs = new Map(
    readFileSync(file, 'utf8')
      .split(/^##+ /m)
      .flatMap((section, index): [string, string][] => {
        const title = index === 0 ? page : section.slice(0, section.indexOf('\n'));
        const language = inTypeScript.includes(title) ? 'ts' : 'js';
        const code = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(section)?.[1];
        return code === undefined ? [] : [[title, code]];
      }),
  );
  // Within the package, where `giveback` and the frameworks are found by their names.
  const parent = join(dirname(dirname(fileURLToPath(import.meta.url))), page.replace('.md', ''));
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  after(() => rmSync(folder, { recursive: true }));
  let written = 0;
  return {
    programs,
    folder,
    write(title, ending = '') {
      const code = programs.get(title);
      assert.ok(code, `docs/${page} has the program "${title}"`);
      const program = join(folder, `${title.replaceAll(/\W/g, '-')}-${written++}.mjs`);
      writeFileSync(program, `${code.replaceAll('8080', '0')}${ending}`);
      return program;
    },
  };
}
