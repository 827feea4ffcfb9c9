import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AnyMap, originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping';

export interface Position {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** No source map is larger, and no program's file. */
const MOST_BYTES = 100_000_000;
const COMMENT = /^[ \t]*\/\/[#@] sourceMappingURL=(\S+)[ \t]*$/gm;
const INLINE = /^data:application\/json[^,]*?(;base64)?,/;
/** `webpack://app/./src/x.ts`: bundlers write such names, which lead nowhere. */
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

/** Finds where code was written, by the source maps beside the files that ran. */
export class SourceMaps {
  readonly #maps = new Map<string, TraceMap | undefined>();

  /** The place in the source; the place itself where no map says more. */
  resolve(place: Position): Position {
    const map = this.#mapOf(place.file);
    if (map === undefined || place.line < 1) return place;
    const needle = { line: place.line, column: Math.max(place.column - 1, 0) };
    const { source, line, column } = originalPositionFor(map, needle);
    if (source === null || line === null) return place;
    return { file: pathOf(source), line, column: column + 1 };
  }

  #mapOf(file: string): TraceMap | undefined {
    if (!this.#maps.has(file)) this.#maps.set(file, isAbsolute(file) ? loadMap(file) : undefined);
    return this.#maps.get(file);
  }
}

/** A map that is missing or broken is none: the places in the file that ran are right, too. */
function loadMap(file: string): TraceMap | undefined {
  try {
    const link = [...readText(file).matchAll(COMMENT)].at(-1)?.[1];
    if (link === undefined) return undefined;
    const inline = INLINE.exec(link);
    if (inline !== null) {
      const content = link.slice(inline[0].length);
      const json = inline[1]
        ? Buffer.from(content, 'base64').toString()
        : decodeURIComponent(content);
      return new AnyMap(json, pathToFileURL(file).href);
    }
    const mapFile = link.startsWith('file:')
      ? fileURLToPath(link)
      : resolve(dirname(file), decodeURIComponent(link));
    return new AnyMap(readText(mapFile), pathToFileURL(mapFile).href);
  } catch {
    return undefined;
  }
}

/** A trace may name any file, also a pipe or a device, which must not be opened. */
function readText(file: string): string {
  const stats = statSync(file);
  if (!stats.isFile() || stats.size > MOST_BYTES) throw new Error(`${file}: not read`);
  return readFileSync(file, 'utf8');
}

function pathOf(source: string): string {
  if (source.startsWith('file:')) return fileURLToPath(source);
  return SCHEME.test(source) ? source.replace(/^[a-z]+:\/\/[^/]*\/(\.\/)?/i, '') : source;
}
