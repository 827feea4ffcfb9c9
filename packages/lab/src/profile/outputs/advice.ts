import { KiB } from '../../core/units.ts';
import type { Advice, Site } from '../profile-format.ts';
import { packageAdvice } from './package-advice.ts';
import { heldWords, sizeWords } from './site-words.ts';

export type AdvisedSite = Omit<Site, 'advice'>;

/** Of all that was allocated. Below it nothing that is done shows. */
const FEW_SHARE = 0.01;
const FEW_BYTES = 1_000_000;
const FEW_ALLOCATIONS = 10;
/** Recycling costs more than it saves below it. */
const SMALL = 4 * KiB;
/** Buffers of nearly one size waste nothing in a size class. */
const ONE_SIZE = 1.05;

const SOCKET = /\bsocket\b|\bread\b.*\b(tcp|pipe|tls)\b/i;
const BODY = /\bbody\b|\bhttp2?\b/i;
const POOL = /\bpool\b/i;
const TYPED = /^(Int8|Uint16|Int16|Uint32|Int32|Float16|Float32|Float64|BigInt64|BigUint64)Array$/;
/** Native results: there is no way to hand them memory. */
const NATIVE = /cipher|randomBytes|structuredClone|blob|webassembly|encode|transcode|serializ/i;
/** What they make can be written into a buffer that is there. */
const COPIES =
  /^Buffer\.(from|copyBytesFrom)$|^(TypedArray|ArrayBuffer)\.(?!resize|transfer)|from(Base64|Hex)$/;
const NODE_MAKES: readonly (readonly [file: RegExp, what: string])[] = [
  [/^node:(internal\/)?zlib/, '`zlib` makes its output itself'],
  [/^node:internal\/crypto/, '`crypto` makes its output itself'],
  [/^node:internal\/webstreams|^node:internal\/deps/, 'a part of Node makes it itself'],
];

/**
 * Who could recycle a site's buffers, and how. Tells also where there is nothing to do.
 *
 * @param innermost the file whose code allocates most of it, such as `node:internal/fs/streams`
 */
export function adviceFor(site: AdvisedSite, innermost: string): Advice {
  return leaveIt(site) ?? elsewhere(site, innermost) ?? recycle(site, innermost);
}

function leaveIt(site: AdvisedSite): Advice | undefined {
  const { allocated, share, sizes, held, apis, allocations } = site;
  if (share < FEW_SHARE || allocated.bytes < FEW_BYTES) {
    return { kind: 'few', who: 'nobody', text: 'few bytes: leave it' };
  }
  if (sizes.p50 < SMALL || POOL.test(apis[0]?.name ?? '')) {
    const what = sizes.p50 < SMALL ? 'small (<4 KiB)' : "slices of Node's pool, small ones";
    return { kind: 'small', who: 'nobody', text: `${what}: leave it` };
  }
  if (held !== null && held.lastingShare >= 0.5) {
    const text = 'held for as long as the program runs: nothing to recycle';
    return { kind: 'lasting', who: 'nobody', text };
  }
  if (held !== null && held.p50.ms === null) {
    const text = 'held for longer than could be watched: nothing to recycle, so far';
    return { kind: 'lasting', who: 'nobody', text };
  }
  if (allocations < FEW_ALLOCATIONS) {
    const times = allocations === 1 ? 'once' : `${allocations} times`;
    return { kind: 'few', who: 'nobody', text: `made only ${times}: little to recycle` };
  }
  return undefined;
}

/** What the program does not allocate itself. */
function elsewhere(site: AdvisedSite, innermost: string): Advice | undefined {
  const api = site.apis[0]?.name ?? '';
  const what = `${sizeWords(site.sizes)}${heldWords(site.held)}`;
  if (site.package !== null) return packageAdvice(site.package, what);
  if (BODY.test(api)) {
    const text = `${what}, chunks of bodies: \`readBody\` with \`detachChunks\` frees each once it is copied`;
    return { kind: 'replace', who: 'you', text };
  }
  if (SOCKET.test(api)) {
    const text = `${what}, socket reads: \`onread\` reads into recycled chunks, where the socket is yours`;
    return { kind: 'replace', who: 'you', text };
  }
  if (/^node:internal\/fs\/(streams|read\/)/.test(innermost)) {
    const text = `${what}, chunks of a file: \`fileChunks\` reads into recycled ones`;
    return { kind: 'replace', who: 'you', text };
  }
  const native = NODE_MAKES.find(([file]) => file.test(innermost))?.[1];
  if (native !== undefined || NATIVE.test(api)) {
    const text = `${what}: ${native ?? `\`${api}\` makes it itself`}, and takes no buffer of yours`;
    return { kind: 'node', who: 'nobody', text };
  }
  return undefined;
}

function recycle(site: AdvisedSite, innermost: string): Advice {
  const { sizes, held, apis } = site;
  const oneSize = sizes.p95 <= sizes.p5 * ONE_SIZE;
  const how = howTo(apis[0]?.name ?? '', innermost);
  const what = `${sizeWords(sizes)}${heldWords(held)}`;
  if (TYPED.test(apis[0]?.name ?? '')) {
    const text = oneSize
      ? `${what}: keep such arrays in a \`Recycler\``
      : `${what}: make the array over an \`elastic\` buffer's bytes`;
    return { kind: oneSize ? 'typed' : 'elastic', who: 'you', text };
  }
  if (/^SharedArrayBuffer/.test(apis[0]?.name ?? '')) {
    const text = `${what}: a \`SharedBufferRecycler\` keeps such blocks for all threads`;
    return { kind: 'replace', who: 'you', text };
  }
  const kind = oneSize ? 'fixed' : 'elastic';
  return { kind, who: 'you', text: `${what}: \`${kind}\`${how}` };
}

/** How to come by the bytes without the call that allocates. */
function howTo(api: string, innermost: string): string {
  if (/concat/.test(api)) return ', grown by `readBody` or `GrowingBuffer` in place of `concat`';
  if (/^node:(internal\/)?fs/.test(innermost)) return ', and `file.read` into it';
  if (COPIES.test(api)) return `, and write into it what \`${api}\` makes`;
  return '';
}
