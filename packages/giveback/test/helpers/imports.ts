// Reads which modules a source imports, and finds those that a table of layers forbids.
import { posix } from 'node:path';
import { init, parse } from 'es-module-lexer';
import type { Layer } from './layers.ts';

await init();

/** What breaks the rules in these sources (path relative to `src` → text), a sentence each. */
export function brokenRules(
  sources: ReadonlyMap<string, string>,
  layers: readonly Layer[],
): string[] {
  const broken: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const floor = floorOf(layers, file);
    if (floor === -1) broken.push(`${file} is on no floor of the table in test/helpers/layers.ts`);
    const inside: string[] = [];
    for (const specifier of importsOf(source)) {
      if (!specifier.startsWith('.')) {
        if (!mayImport(layers[floor], specifier))
          broken.push(`${file} may not import ${specifier}`);
        continue;
      }
      const target = posix.join(posix.dirname(file), specifier);
      if (!sources.has(target)) broken.push(`${file} imports ${specifier}, not a file of src`);
      else if (floorOf(layers, target) < floor) broken.push(`${file} imports upwards: ${target}`);
      inside.push(target);
    }
    graph.set(file, inside);
  }
  return [...broken, ...circles(graph)];
}

/**
 * Every module a source names, types included: a circle of types is a circle for the reader. Types
 * named in passing, as in `import('./store.ts').Store`, are invisible to the lexer, hence the pattern.
 */
function importsOf(source: string): Set<string> {
  const [imports] = parse(source);
  const named = imports.map(({ specifier }) => specifier ?? '').filter((name) => name !== '');
  const inPassing = source.matchAll(/\bimport\(\s*['"]((?:\.\.?\/|node:)[^'"]+)['"]/g);
  const directives = source.matchAll(/^\/\/\/ *<reference +types="([^"]+)"/gm);
  return new Set([
    ...named,
    ...Array.from(inPassing, ([, name]) => name ?? ''),
    ...Array.from(directives, ([, name]) => `types:${name}`),
  ]);
}

/** The layer that names the file, or else its innermost folder; −1 if none does. */
function floorOf(layers: readonly Layer[], file: string): number {
  let floor = -1;
  let longest = 0;
  for (const [index, { holds }] of layers.entries())
    for (const place of holds) {
      const isIn = place.endsWith('/') ? file.startsWith(place) : file === place;
      if (!isIn || place.length <= longest) continue;
      floor = index;
      longest = place.length;
    }
  return floor;
}

function mayImport(layer: Layer | undefined, specifier: string): boolean {
  const allowed = layer?.outside ?? [];
  return allowed.some((name) =>
    /[:*]$/.test(name) ? specifier.startsWith(name.replace('*', '')) : specifier === name,
  );
}

/** One sentence for every circle that a walk in depth runs into. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start !== -1) {
      found.push(`circle: ${[...path.slice(start), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
