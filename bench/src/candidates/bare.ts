import type { Candidate } from './candidate.ts';

/** Pops and pushes one object: the least that recycling can cost. It makes no view. */
export const bareList: Candidate = {
  name: 'bare list',
  kind: 'bare',
  lends: 'store',
  things: ({ make, reset }) => {
    const idle: ReturnType<typeof make>[] = [];
    return {
      get: () => idle.pop() ?? make(),
      give: (thing) => {
        reset?.(thing);
        idle.push(thing);
      },
    };
  },
};

/**
 * The least that recycling bytes can cost if each get makes a view: a list of array buffers, or one for each power of
 * two where sizes differ, without checks, counts and bounds.
 */
function listWithView(name: string, make: (size: number) => ArrayBuffer): Candidate {
  return {
    name,
    kind: 'bare',
    lends: 'view',
    chunks: (size) => {
      const idle: ArrayBuffer[] = [];
      return {
        get: () => new Uint8Array(idle.pop() ?? make(size), 0, size),
        give: (view) => {
          idle.push(view.buffer as ArrayBuffer);
        },
      };
    },
    bytes: () => {
      const idle: ArrayBuffer[][] = Array.from({ length: 32 }, () => []);
      const listOf = (size: number) => idle[32 - Math.clz32(size - 1)] as ArrayBuffer[];
      return {
        get: (size) => {
          const bytes = listOf(size).pop() ?? make(2 ** (32 - Math.clz32(size - 1)));
          return new Uint8Array(bytes, 0, size);
        },
        give: (view) => {
          listOf(view.length).push(view.buffer as ArrayBuffer);
        },
      };
    },
  };
}

export const listOfFixed: Candidate = listWithView(
  'list with view',
  (size) => new ArrayBuffer(size),
);

/** The types of ES2022 do not have this constructor. */
const Resizable = ArrayBuffer as new (
  size: number,
  options: { readonly maxByteLength: number },
) => ArrayBuffer;

/** The limit of `elastic`, as a view of a resizable array buffer costs more. */
export const listOfResizable: Candidate = listWithView(
  'list with view, resizable',
  (size) => new Resizable(size, { maxByteLength: size }),
);
