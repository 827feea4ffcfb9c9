/** What to post of a large buffer: Deno 2.9 looks at each element of a typed array that arrives. */
export function asMessage(buffer: Uint8Array): ArrayBufferView {
  if (!('Deno' in globalThis)) return buffer;
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
