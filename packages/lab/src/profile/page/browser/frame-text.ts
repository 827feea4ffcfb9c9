import type { PackedFrame } from '../call-tree.ts';
import type { PageData } from '../page-data.ts';
import { FRAME_KINDS, FRAME_NUMBERS, type PageFrameKind } from './frame-kinds.ts';

/** The place is empty for what is no place in a file, the package for what belongs to none. */
export interface PageFrame {
  readonly name: string;
  readonly place: string;
  readonly kind: PageFrameKind;
  readonly pack: string;
}

/** What is said of a kind, beside its colour. */
const KINDS: Readonly<Record<PageFrameKind, string>> = {
  own: 'your code',
  eval: 'your code, evaluated',
  wasm: 'WebAssembly',
  package: 'package',
  node: 'Node',
  opened: 'where it was opened',
  api: 'allocates',
};

const ROOT_FRAME: PageFrame = { name: 'all', place: '', kind: 'node', pack: '' };

/** The frame of a node of the call tree. */
export function frameOf(data: PageData, node: number): PageFrame {
  const index = data.tree.frames[node] ?? -1;
  return index < 0 ? ROOT_FRAME : unpack(data, index);
}

/** Whether a search, in lower case, finds each frame. */
export function findFrames(data: PageData, term: string): boolean[] {
  const count = data.frames.length / FRAME_NUMBERS;
  return Array.from({ length: count }, (_, index) => matches(unpack(data, index), term));
}

function unpack({ frames, texts }: PageData, index: number): PageFrame {
  const at = index * FRAME_NUMBERS;
  const [name, file, pack, line, column, kind] = frames.slice(
    at,
    at + FRAME_NUMBERS,
  ) as PackedFrame;
  const path = texts[file] ?? '';
  return {
    name: texts[name] ?? '',
    place: path === '' ? '' : `${path}:${line}:${column}`,
    kind: FRAME_KINDS[kind] ?? 'own',
    pack: texts[pack] ?? '',
  };
}

/** What fits into a frame: the function, and the end of its path. */
export function frameLabel({ name, place, kind }: PageFrame): string {
  const short = place.split('/').slice(-2).join('/').replace(/:\d+$/, '');
  const text = short === '' ? name : `${name} ${short}`;
  return kind === 'opened' ? `opened: ${text}` : text;
}

/** All that is known of a frame. */
export function frameText({ name, place, kind, pack }: PageFrame): string {
  return [name, place, pack === '' ? KINDS[kind] : `${KINDS[kind]} ${pack}`]
    .filter((text) => text !== '')
    .join(' · ');
}

function matches({ name, place, pack }: PageFrame, term: string): boolean {
  return `${name} ${place} ${pack}`.toLowerCase().includes(term);
}
