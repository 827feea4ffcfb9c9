import type { PageData, PageFrame, PageFrameKind } from '../page-data.ts';

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

const ROOT_FRAME: PageFrame = ['all', '', 'node', ''];

export function frameOf({ frames, tree }: PageData, node: number): PageFrame {
  return frames[tree.frames[node] ?? -1] ?? ROOT_FRAME;
}

/** What fits into a frame: the function, and the end of its path. */
export function frameLabel([name, place, kind]: PageFrame): string {
  const short = place.split('/').slice(-2).join('/').replace(/:\d+$/, '');
  const text = short === '' ? name : `${name} ${short}`;
  return kind === 'opened' ? `opened: ${text}` : text;
}

/** All that is known of a frame. */
export function frameText([name, place, kind, pack]: PageFrame): string {
  return [name, place, pack === '' ? KINDS[kind] : `${KINDS[kind]} ${pack}`]
    .filter((text) => text !== '')
    .join(' · ');
}

/** Whether a search, in lower case, finds the frame. */
export function matches([name, place, , pack]: PageFrame, term: string): boolean {
  return `${name} ${place} ${pack}`.toLowerCase().includes(term);
}
