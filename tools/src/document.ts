import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** What stands between two markers of a document. */
interface Marked {
  readonly before: string;
  readonly text: string;
  readonly after: string;
}

/**
 * Replaces what a command has written into a document the last time: all that stands between
 *
 *     <!-- name: written by npm run … -->   and   <!-- /name -->
 *
 * Markers on lines of their own hold lines, markers within a line hold words. All else is prose, which no
 * command touches.
 *
 * @param document a path from the project's folder.
 * @throws if the markers are not there, and nothing is written.
 */
export function replaceTable(document: string, name: string, markdown: string): void {
  const text = readFileSync(join(root, document), 'utf8');
  writeFileSync(join(root, document), withTable(text, name, markdown, document));
}

/** What a command has written into a document. */
export function writtenIn(document: string, name: string): string {
  return find(readFileSync(join(root, document), 'utf8'), name, document).text.trim();
}

/** A document's text with another table; `document` names it in the error. */
export function withTable(
  text: string,
  name: string,
  markdown: string,
  document = 'the document',
): string {
  const { before, text: old, after } = find(text, name, document);
  const edge = old.startsWith('\n') ? '\n' : '';
  return `${before}${edge}${markdown.trim()}${edge}${after}`;
}

function find(text: string, name: string, document: string): Marked {
  const [start] = new RegExp(`<!-- ${name}: written by npm run [^\n]*? -->`).exec(text) ?? [];
  const end = `<!-- /${name} -->`;
  const from = start === undefined ? -1 : text.indexOf(start) + start.length;
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0)
    throw new Error(
      `Expected ${document} to hold <!-- ${name}: written by npm run … --> and, after it, ${end}.`,
    );
  return { before: text.slice(0, from), text: text.slice(from, to), after: text.slice(to) };
}
