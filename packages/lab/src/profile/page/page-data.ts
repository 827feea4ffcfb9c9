import { printable } from '../../core/text.ts';
import type { Frame, FrameKind, Profile, Stack } from '../profile-format.ts';

/** What the page's script needs of a profile, with every text made safe to show and cut to a length that fits. */
export interface PageData {
  readonly columns: number;
  readonly stepMs: number;
  readonly frames: readonly PageFrame[];
  readonly tree: CallTree;
  readonly stacks: PageStacks;
  readonly sites: readonly PageSite[];
  readonly lines: PageLines;
}

/** `opened`: not a caller, but where the bytes' server, connection or file was opened. `api`: what allocated. */
export type PageFrameKind = FrameKind | 'opened' | 'api';

/** The package is empty for everything that belongs to none. */
export type PageFrame = readonly [name: string, place: string, kind: PageFrameKind, pack: string];

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

const LONGEST_NAME = 160;
const LONGEST_PLACE = 240;

export function pageData(profile: Profile): PageData {
  const { timeline, sites } = profile;
  const { frames, tree, stacks } = callTree(profile);
  const lines: PageLines = {
    allocated: timeline.allocated.map(Math.round),
    held: timeline.held?.map(Math.round) ?? null,
    external: timeline.external,
    resident: timeline.resident,
    looks: timeline.looks.map(({ ms, reachable }) => [ms, Math.round(reachable.bytes)]),
  };
  return {
    columns: timeline.allocated.length,
    stepMs: timeline.stepMs,
    frames,
    tree,
    stacks,
    sites: sites.map(({ id, allocated: { bytes, error } }) => ({ id, bytes, error })),
    lines,
  };
}

function callTree(profile: Profile): Pick<PageData, 'frames' | 'tree' | 'stacks'> {
  const labels = new Labels(profile.frames);
  const tree: CallTree = { parents: [-1], frames: [-1] };
  const children = new Map<string, number>();
  const child = (parent: number, frame: number): number => {
    const key = `${parent} ${frame}`;
    const known = children.get(key);
    if (known !== undefined) return known;
    const node = tree.parents.push(parent) - 1;
    tree.frames.push(frame);
    children.set(key, node);
    return node;
  };
  const stacks: PageStacks = { nodes: [], sites: [], bytes: [], peakBytes: [], columns: [] };
  for (const stack of profile.stacks) {
    stacks.nodes.push(labels.ofStack(stack).reduce(child, 0));
    stacks.sites.push(stack.site ?? 0);
    stacks.bytes.push(Math.round(stack.bytes));
    stacks.peakBytes.push(Math.round(stack.peakBytes));
    stacks.columns.push(stack.columns.flatMap(([column, bytes]) => [column, Math.round(bytes)]));
  }
  return { frames: labels.frames, tree, stacks };
}

/** The frames of the page: those of the profile, those that tell where something was opened, and the APIs. */
class Labels {
  readonly frames: PageFrame[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #source: readonly Frame[];

  constructor(source: readonly Frame[]) {
    this.#source = source;
  }

  /** Outermost first; the last one is the API. */
  ofStack({ frames, opened, api }: Stack): number[] {
    const path = frames.map((frame, at) =>
      at >= frames.length - opened
        ? this.#index(`opened ${frame}`, () => this.#frame(frame, 'opened'))
        : this.#index(`frame ${frame}`, () => this.#frame(frame)),
    );
    path.reverse();
    if (path.length === 0) {
      path.push(this.#index('none', () => ['no JavaScript was running', '', 'node', '']));
    }
    path.push(this.#index(`api ${api}`, () => [shown(api, LONGEST_NAME), '', 'api', '']));
    return path;
  }

  #frame(index: number, as?: 'opened'): PageFrame {
    const frame = this.#source[index];
    if (!frame) return ['(unknown)', '', as ?? 'own', ''];
    const name = shown(`${frame.async ? 'async ' : ''}${frame.name}`, LONGEST_NAME);
    const pack = frame.package === null ? '' : shown(frame.package, LONGEST_NAME);
    return [name, placeOf(frame), as ?? frame.kind, pack];
  }

  #index(key: string, make: () => PageFrame): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.frames.push(make()) - 1;
    this.#indexes.set(key, index);
    return index;
  }
}

/** `src/server.js:12:5` */
export function placeOf({ file, line, column }: Pick<Frame, 'file' | 'line' | 'column'>): string {
  return file === '' ? '' : `${shown(file, LONGEST_PLACE, 'end')}:${line}:${column}`;
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
