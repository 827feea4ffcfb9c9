import type { Candidate } from './candidate.ts';

/** Pop and push of one ready object: the least that recycling anything costs, and no view is made. */
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
 * The least that recycling bytes costs when each get has a view of its own: a list of array buffers, or
 * one for each power of two where sizes differ. No checks, no counts, no bounds.
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

/** As Node has it; the types of ES2022 do not know it. */
const Resizable = ArrayBuffer as new (
  size: number,
  options: { readonly maxByteLength: number },
) => ArrayBuffer;

/** What `elastic` is compared with: a view of a resizable array buffer costs more. */
export const listOfResizable: Candidate = listWithView(
  'list with view, resizable',
  (size) => new Resizable(size, { maxByteLength: size }),
);
