import { isPreload } from '../preload-frames.ts';
import type { FrameKind } from '../profile-format.ts';

/** Whose code a file is. `internal`: what V8 runs without a file, and the profiler's own preload. */
export interface Owner {
  readonly kind: FrameKind | 'internal';
  readonly package: string | null;
}

const EVAL = /^(\[.*\]|evalmachine\.<anonymous>|eval at .*|data:.*)$/;
/** The last one counts, as packages lie in packages, and pnpm's in a folder of all. */
const IN_PACKAGE = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

/** Tells whose code a file is, by its name, as V8 says it or as a source map does. */
export function ownerOf(file: string): Owner {
  if (file === '' || file === 'native' || file === '<anonymous>' || isPreload(file)) {
    return { kind: 'internal', package: null };
  }
  if (file.startsWith('node:')) return { kind: 'node', package: null };
  if (file.startsWith('wasm:')) return { kind: 'wasm', package: null };
  if (EVAL.test(file)) return { kind: 'eval', package: null };
  const name = IN_PACKAGE.exec(file)?.[1]?.replace('\\', '/');
  return name === undefined ? { kind: 'own', package: null } : { kind: 'package', package: name };
}
