import { GivebackError } from '../../core/errors.ts';
import { integer } from '../../core/validate.ts';
import { type BufferChain, insideOf } from '../body/buffer-chain.ts';
import type { ParseFrame, ResolvedFramesOptions, ResolvedLength } from './frame-options.ts';

/**
 * Tells how long the chain's first frame is; undefined if that takes more bytes. It is called again only
 * when more has come, or for the next frame.
 */
export type Measure = () => number | undefined;

/**
 * A measure that throws `ERR_GIVEBACK_TOO_LARGE` beyond `maxFrame`, also for a frame that has grown so far
 * without telling its length.
 */
export function measureOf(
  chain: BufferChain,
  { protocol, maxFrame }: ResolvedFramesOptions,
): Measure {
  const measure = lengthOf(chain, protocol);
  return () => {
    const length = measure();
    const least = length ?? chain.length;
    if (least > maxFrame || (length === undefined && least === maxFrame))
      throw new GivebackError(
        'ERR_GIVEBACK_TOO_LARGE',
        `Expected a frame of at most ${maxFrame} bytes, got one of ${length ?? `more than ${least}`}.`,
      );
    return length;
  };
}

function lengthOf(chain: BufferChain, protocol: ResolvedFramesOptions['protocol']): Measure {
  if ('length' in protocol) return announced(chain, protocol.length);
  if ('delimiter' in protocol) return delimited(chain, protocol.delimiter);
  return parsed(chain, protocol.parse);
}

function announced(chain: BufferChain, prefix: ResolvedLength): Measure {
  const { bytes, offset, littleEndian, uncounted } = prefix;
  const header = offset + bytes;
  const { readNumber } = insideOf(chain);
  return () => {
    if (chain.length < header) return undefined;
    const length = uncounted + readNumber(offset, bytes, littleEndian);
    if (length >= header) return length;
    throw new GivebackError(
      'ERR_GIVEBACK_FRAME',
      `Expected a frame of at least the ${header} bytes of its header, got one of ${length}.`,
    );
  };
}

function delimited(chain: BufferChain, delimiter: Uint8Array): Measure {
  /** Nothing before it is the beginning of a delimiter. */
  let from = 0;
  return () => {
    const found = chain.indexOf(delimiter, from);
    from = found < 0 ? Math.max(0, chain.length - delimiter.length + 1) : 0;
    return found < 0 ? undefined : found + delimiter.length;
  };
}

function parsed(chain: BufferChain, parse: ParseFrame): Measure {
  return () => {
    const length: unknown = parse(chain);
    // An async one is refused, and what it rejects with is nobody's to handle.
    if (length instanceof Promise) length.catch(() => {});
    return length === undefined
      ? undefined
      : integer('the result of `parse`', length, 1, Number.MAX_SAFE_INTEGER);
  };
}
