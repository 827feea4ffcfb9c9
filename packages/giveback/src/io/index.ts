// So that projects whose own libs do not know `Disposable` compile against the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

export type { RecycledBuffer } from '../buffers/recycled-buffer.ts';
export type { AcquireOptions, Signal } from '../buffers/waiters.ts';
export type { BodySource, FetchBody, ReadBodyOptions } from './body.ts';
export { readBody } from './body.ts';
export type { Buffers } from './buffers.ts';
export type { BufferChainOptions } from './chain.ts';
export { BufferChain } from './chain.ts';
export type { Chunks } from './chunks.ts';
export type { ReadChunksOptions } from './fs.ts';
export { readChunks } from './fs.ts';
export type {
  BodyMiddleware,
  BodyOptions,
  FastifyBodyOptions,
  FastifyBodyPlugin,
  RequestWithBody,
} from './http.ts';
export { bodyMiddleware, fastifyBody } from './http.ts';
export type { OnChunk, Onread, OnreadOptions } from './net.ts';
export { onread } from './net.ts';
export type { PumpOptions, PumpSource } from './pump.ts';
export { pump } from './pump.ts';
export type { ReadBytesOptions } from './web-streams.ts';
export { readBytes } from './web-streams.ts';
export { write } from './write.ts';
