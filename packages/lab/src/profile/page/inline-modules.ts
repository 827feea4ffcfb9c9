import { readFileSync } from 'node:fs';

// As `tsc` writes them: one import or export a line, or a list over several.
const IMPORT = /^import\s[^'"]*['"](?<from>[^'"]+)['"];\n?/gm;
const EXPORT = /^export (?=(?:async |)function|class|const|let)/gm;
const EMPTY_EXPORT = /^export \{\s*\};\n?/gm;
const DECLARATION = /^(?:async function|function|class|const|let) (\w+)/gm;
const SOURCE_MAP = /^\/\/# sourceMappingURL=.*\n?/gm;

/**
 * A compiled module and all that it imports as the text of one module: a page that must open without a network, from
 * a file, can import nothing. All names share one scope, so no two modules may give theirs the same one.
 */
export function inlineModules(entry: URL): string {
  const texts: string[] = [];
  addModule(entry, new Set(), texts);
  const text = texts.join('\n');
  checkNames(text);
  return text;
}

/** Two of one name would stop the whole script, and only in the browser. */
function checkNames(text: string): void {
  const names = new Set<string>();
  for (const [, name = ''] of text.matchAll(DECLARATION)) {
    if (names.has(name)) throw new Error(`${name} is declared twice`);
    names.add(name);
  }
}

function addModule(url: URL, seen: Set<string>, texts: string[]): void {
  if (seen.has(url.href)) return;
  seen.add(url.href);
  const source = readFileSync(url, 'utf8');
  for (const { groups } of source.matchAll(IMPORT)) {
    const from = groups?.from ?? '';
    if (!from.startsWith('.'))
      throw new Error(`${url.pathname} imports ${from}, which no page has`);
    addModule(new URL(from, url), seen, texts);
  }
  texts.push(
    [IMPORT, EXPORT, EMPTY_EXPORT, SOURCE_MAP].reduce((text, at) => text.replace(at, ''), source),
  );
}
