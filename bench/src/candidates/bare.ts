import type { Candidate } from './candidate.ts';

/** The least that recycling can cost: an array's pop and push. No sizes, no checks, no limits. */
export const bareList: Candidate = {
  name: 'bare list',
  kind: 'limit',
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

/** The same for any size: a list for each power of two, and a view of the exact length each time. */
export const barePowersOfTwo: Candidate = {
  name: 'bare power-of-two lists',
  kind: 'limit',
  bytes: () => {
    const idle: ArrayBuffer[][] = Array.from({ length: 32 }, () => []);
    const listOf = (size: number) => idle[32 - Math.clz32(size - 1)] as ArrayBuffer[];
    return {
      get: (size) => {
        const bytes = listOf(size).pop() ?? new ArrayBuffer(2 ** (32 - Math.clz32(size - 1)));
        return new Uint8Array(bytes, 0, size);
      },
      give: (view) => {
        listOf(view.length).push(view.buffer as ArrayBuffer);
      },
    };
  },
};
