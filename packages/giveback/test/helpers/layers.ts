// The floors of the library, highest first. A file may import files of its own floor and of those
// below it; from outside the library only what its floor lists. Whoever adds a file adds it here.
import { posix } from 'node:path';
import { init, parse } from 'es-module-lexer';

await init();

export interface Layer {
  /** Files, and folders with a slash at the end, relative to `src`. */
  readonly holds: readonly string[];
  /** What it may import from outside, if anything: a name, or a prefix that ends in a colon. */
  readonly outside?: readonly string[];
}

export const layers: readonly Layer[] = [
  { holds: ['metrics/'], outside: ['node:', 'prom-client', '@opentelemetry/api'] },
  { holds: ['io/', 'threads/'], outside: ['node:'] },
  { holds: ['index.ts'] },
  { holds: ['buffers/'] },
  { holds: ['leasing/', 'objects/'] },
  { holds: ['core/'] },
];

/** What breaks the rules in these sources (path relative to `src` → text), a sentence each. */
export function brokenRules(sources: ReadonlyMap<string, string>): string[] {
  const broken: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const floor = floorOf(file);
    if (floor === -1) broken.push(`${file} is on no floor of the table in test/helpers/layers.ts`);
    const inside: string[] = [];
    for (const specifier of importsOf(source)) {
      if (!specifier.startsWith('.')) {
        if (!mayImport(floor, specifier)) broken.push(`${file} may not import ${specifier}`);
        continue;
      }
      const target = posix.join(posix.dirname(file), specifier);
      if (!sources.has(target)) broken.push(`${file} imports ${specifier}, not a file of src`);
      else if (floorOf(target) < floor) broken.push(`${file} imports upwards: ${target}`);
      inside.push(target);
    }
    graph.set(file, inside);
  }
  return [...broken, ...circles(graph)];
}

/**
 * Every module a source names, types included: a circle of types is a circle for the reader. Types
 * named in passing, as in `import('./shelf.ts').Shelf`, are invisible to the lexer, hence the pattern.
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

function floorOf(file: string): number {
  return layers.findIndex(({ holds }) =>
    holds.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place)),
  );
}

function mayImport(floor: number, specifier: string): boolean {
  const allowed = layers[floor]?.outside ?? [];
  return allowed.some((name) =>
    name.endsWith(':') ? specifier.startsWith(name) : specifier === name,
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
