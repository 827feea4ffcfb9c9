import { printable } from '../../core/text.ts';
import type { Frame, Profile, Stack } from '../profile-format.ts';
import { FRAME_KINDS, FRAME_NUMBERS, type PageFrameKind } from './browser/frame-kinds.ts';

/** What the page's script needs of a profile, with every text made safe to show and cut to a length that fits. */
export interface PageData {
  readonly columns: number;
  readonly stepMs: number;
  /** Names, files and packages, each once. */
  readonly texts: readonly string[];
  /** Six numbers a frame: its name, file and package, as indexes into `texts`; line, column; and kind, as one into `FRAME_KINDS`. */
  readonly frames: readonly number[];
  readonly tree: CallTree;
  readonly stacks: PageStacks;
  readonly sites: readonly PageSite[];
  readonly lines: PageLines;
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

/** What changes in a site's row when a range is selected. */
export interface PageSite {
  readonly id: number;
  readonly bytes: number;
  readonly error: number;
}

export interface PageLines {
  readonly allocated: readonly number[];
  readonly held: readonly number[] | null;
  readonly external: readonly (number | null)[];
  readonly resident: readonly (number | null)[];
  /** Milliseconds, bytes. */
  readonly looks: readonly (readonly [number, number])[];
}

/** Numbers of a frame in `PageData.frames`. */
export type PackedFrame = [
  name: number,
  file: number,
  pack: number,
  line: number,
  column: number,
  kind: number,
];

const LONGEST_NAME = 160;
const LONGEST_FILE = 240;
const MOST_LOOKS = 300;
const NO_FRAME: Frame = {
  name: 'no JavaScript was running',
  file: '',
  line: 0,
  column: 0,
  kind: 'node',
  package: null,
  async: false,
};

export function pageData(profile: Profile): PageData {
  const { timeline, sites } = profile;
  const { texts, frames, tree, stacks } = callTree(profile);
  const lines: PageLines = {
    allocated: timeline.allocated.map(Math.round),
    held: timeline.held?.map(Math.round) ?? null,
    external: timeline.external,
    resident: timeline.resident,
    looks: looksOf(timeline),
  };
  return {
    columns: timeline.allocated.length,
    stepMs: timeline.stepMs,
    texts,
    frames,
    tree,
    stacks,
    sites: sites.map(({ id, allocated: { bytes, error } }) => ({ id, bytes, error })),
    lines,
  };
}

/** Of more looks than fit into the chart, the one of each column that found most. */
function looksOf({ looks, stepMs }: Profile['timeline']): PageLines['looks'] {
  const columns = new Map<number, (typeof looks)[number]>();
  for (const look of looks) {
    const key = looks.length <= MOST_LOOKS ? look.ms : Math.floor(look.ms / stepMs);
    const known = columns.get(key);
    if (!known || known.reachable.bytes < look.reachable.bytes) columns.set(key, look);
  }
  return [...columns.values()].map(({ ms, reachable }) => [ms, Math.round(reachable.bytes)]);
}

function callTree(profile: Profile): Pick<PageData, 'texts' | 'frames' | 'tree' | 'stacks'> {
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
      this.texts.indexOf(shown(file, LONGEST_FILE, 'end')),
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

/** `src/server.js:12:5` */
export function placeOf({ file, line, column }: Pick<Frame, 'file' | 'line' | 'column'>): string {
  return file === '' ? '' : `${shown(file, LONGEST_FILE, 'end')}:${line}:${column}`;
}

/** Text of a trace, on one line, and no longer than can be read. Of a path the end tells more. */
export function shown(
  text: string,
  most: number = LONGEST_NAME,
  keep: 'start' | 'end' = 'start',
): string {
  const safe = printable(text.length > 4 * most ? excerptOf(text, 2 * most, keep) : text);
  return safe.length <= most ? safe : excerptOf(safe, most, keep);
}

function excerptOf(text: string, most: number, keep: 'start' | 'end'): string {
  return keep === 'start' ? `${text.slice(0, most)}…` : `…${text.slice(-most)}`;
}
