import type { Frame, Profile, Stack } from '../profile-format.ts';
import { FRAME_KINDS, FRAME_NUMBERS, type PageFrameKind } from './browser/frame-kinds.ts';
import { shown, shownFile } from './shown.ts';

/** What the flame graphs are drawn from. Every text is safe to show, and stands once. */
export interface PageCalls {
  /** Names, files and packages. */
  readonly texts: readonly string[];
  /** A `PackedFrame` each, one after the other. */
  readonly frames: readonly number[];
  readonly tree: CallTree;
  readonly stacks: PageStacks;
}

/** The calls of all stacks as one tree. Node 0 is its root; a parent comes before its children. */
export interface CallTree {
  readonly parents: number[];
  /** Indexes into `frames`; the root's is −1. */
  readonly frames: number[];
}

/** A list each, with an item a stack. */
export interface PageStacks {
  readonly nodes: number[];
  /** Site ids; 0: unattributed. */
  readonly sites: number[];
  readonly bytes: number[];
  readonly peakBytes: number[];
  /** Column, bytes, column, bytes … of the timeline. */
  readonly columns: number[][];
}

/** Its name, file and package are indexes into `texts`, its kind one into `FRAME_KINDS`. */
export type PackedFrame = [
  name: number,
  file: number,
  pack: number,
  line: number,
  column: number,
  kind: number,
];

const NO_FRAME: Frame = {
  name: 'no JavaScript was running',
  file: '',
  line: 0,
  column: 0,
  kind: 'node',
  package: null,
  async: false,
};

export function callsOf(profile: Pick<Profile, 'frames' | 'stacks'>): PageCalls {
  const frames = new PageFrames(profile.frames);
  const tree: CallTree = { parents: [-1], frames: [-1] };
  const children: Map<number, number>[] = [new Map()];
  const child = (parent: number, frame: number): number => {
    const brothers = children[parent] as Map<number, number>;
    const known = brothers.get(frame);
    if (known !== undefined) return known;
    const node = tree.parents.push(parent) - 1;
    tree.frames.push(frame);
    children.push(new Map());
    brothers.set(frame, node);
    return node;
  };
  const stacks: PageStacks = { nodes: [], sites: [], bytes: [], peakBytes: [], columns: [] };
  for (const stack of profile.stacks) {
    stacks.nodes.push(frames.ofStack(stack).reduce(child, 0));
    stacks.sites.push(stack.site ?? 0);
    stacks.bytes.push(Math.round(stack.bytes));
    stacks.peakBytes.push(Math.round(stack.peakBytes));
    stacks.columns.push(stack.columns.flatMap(([column, bytes]) => [column, Math.round(bytes)]));
  }
  return { texts: frames.texts.all, frames: frames.packed, tree, stacks };
}

/** Each text once. */
class Texts {
  readonly all: string[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.all.push(text) - 1;
    this.#indexes.set(text, index);
    return index;
  }
}

/** The frames of the page: those of the profile, those that tell where something was opened, and the APIs. */
class PageFrames {
  readonly texts: Texts = new Texts();
  readonly packed: number[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #source: readonly Frame[];

  constructor(source: readonly Frame[]) {
    this.#source = source;
  }

  /** Outermost first; the last one is the API. */
  ofStack({ frames, opened, api }: Stack): number[] {
    const path = frames.map((index, at) => {
      const frame = this.#source[index] ?? NO_FRAME;
      return at >= frames.length - opened
        ? this.#index(`opened ${index}`, frame, 'opened')
        : this.#index(`frame ${index}`, frame, frame.kind);
    });
    if (path.length === 0) path.push(this.#index('none', NO_FRAME, 'node'));
    path.reverse();
    path.push(this.#index(`api ${api}`, { ...NO_FRAME, name: api }, 'api'));
    return path;
  }

  #index(key: string, frame: Frame, kind: PageFrameKind): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.packed.length / FRAME_NUMBERS;
    const { name, file, package: pack, line, column, async } = frame;
    const packed: PackedFrame = [
      this.texts.indexOf(shown(async ? `async ${name}` : name)),
      this.texts.indexOf(shownFile(file)),
      this.texts.indexOf(shown(pack ?? '')),
      line,
      column,
      FRAME_KINDS.indexOf(kind),
    ];
    this.packed.push(...packed);
    this.#indexes.set(key, index);
    return index;
  }
}
