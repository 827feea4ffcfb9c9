// Peers that have no types of their own, as far as the bench uses them.

declare module 'buffer-reuse-pool' {
  const reuse: {
    pool(size: number): { alloc(): Buffer };
    free(buffer: Buffer): boolean;
    slice(buffer: Buffer, start: number, end: number): Buffer;
  };
  export default reuse;
}

declare module 'freelist' {
  export default class FreeList<T> {
    constructor(name: string, max: number, make: () => T);
    alloc(): T;
    free(thing: T): boolean;
  }
}

declare module '@stdlib/array/pool/lib/index.js' {
  const pool: {
    malloc(length: number, type: 'uint8'): Uint8Array;
    free(array: Uint8Array): boolean;
  };
  export default pool;
}
