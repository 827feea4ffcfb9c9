import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printable } from '../../core/text.ts';
import type { Frame } from '../profile-format.ts';
import type { TraceFrame } from '../trace-format.ts';
import { ownerOf } from './frame-kind.ts';
import type { SourceMaps } from './source-maps.ts';

/** The stack as its author would tell it: places in the source, without what V8 and the profiler do. Innermost first. */
export function readableFrames(
  frames: readonly TraceFrame[],
  maps: SourceMaps,
  folder: string,
): Frame[] {
  const readable = frames.flatMap((frame) => readableFrame(frame, maps, folder) ?? []);
  // WebAssembly belongs to the code that calls it. Node's own modules have some, too.
  for (let at = readable.length - 1; at >= 0; at--) {
    const [frame, caller] = [readable[at] as Frame, readable[at + 1]];
    if (frame.kind !== 'wasm' || caller === undefined) continue;
    if (caller.kind === 'node' || caller.kind === 'package') {
      readable[at] = { ...frame, kind: caller.kind, package: caller.package };
    }
  }
  return readable;
}

function readableFrame(
  [name, file, line, column, isAsync]: TraceFrame,
  maps: SourceMaps,
  folder: string,
): Frame | undefined {
  const ran = { file: pathOf(file), line, column };
  const owner = ownerOf(ran.file);
  if (owner.kind === 'internal') return undefined;
  const place = owner.kind === 'own' ? maps.resolve(ran) : ran;
  // A bundle holds packages: only its source map tells them.
  const { kind, package: from } = ownerOf(place.file);
  return {
    name: printable(name) || '(anonymous)',
    file: printable(shortened(place.file, folder)),
    line: place.line,
    column: place.column,
    kind: kind === 'internal' ? 'own' : kind,
    package: from === null ? null : printable(from),
    async: isAsync === 1,
  };
}

function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

function shortened(file: string, folder: string): string {
  if (!file.startsWith('/') && !/^[A-Za-z]:\\/.test(file)) return file.slice(0, 500);
  const path = relative(folder, file);
  return path.startsWith('..') ? file : path;
}
