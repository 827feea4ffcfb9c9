import type { Writable } from 'node:stream';
import { GivebackError } from '../../core/errors.ts';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease, endLoan } from '../../leasing/view.ts';
import { knowledgeOf } from './destinations.ts';
import { watchEndings } from './endings.ts';
import { handOut, hold, letGo } from './holds.ts';
import { connectionOf, http2StreamOf, isHttp1Response } from './nodes-own.ts';
import { checkWritable } from './writable.ts';

/** The buffers to give back after each response. */
const buffersOf = new WeakMap<Writable, Set<RecycledBuffer>>();

/**
 * Gives buffers back when a response has finished: for buffers that live as long as a response, or that a
 * framework's own `send` takes. Do not use them after that, and do not use this with middleware that keeps
 * what is sent for longer, such as a cache. If the response closes before it has finished, the buffers are
 * discarded, because something may still be reading them. For any other stream, they are given back only if
 * it is one of Node's that keeps nothing.
 *
 * A buffer passed twice for one response is given back once; one passed for two responses, when both have
 * finished.
 *
 * @returns `response`.
 * @throws `ERR_GIVEBACK_TYPE` for arguments that are not as documented; `ERR_GIVEBACK_NOT_LEASED` for a
 * buffer that is not lent any more. Nothing changes then.
 * @example
 * const page = buffers.get(size);
 * render(page);
 * giveAfter(response, page).send(page);
 */
export function giveAfter<Response extends Writable>(
  response: Response,
  ...buffers: readonly RecycledBuffer[]
): Response {
  checkWritable('response', response);
  for (const buffer of buffers) checkLeased('buffer', buffer);
  for (const buffer of buffers) holdUntilEnd(response, buffer, endLease);
  return response;
}

/** The same for a buffer that is borrowed: at the end its view is detached. */
export function lendUntilEnd(response: Writable, buffer: RecycledBuffer): void {
  holdUntilEnd(response, buffer, endLoan);
}

/**
 * Undoes `giveAfter`: the buffer is yours again, and you give it back.
 *
 * @returns `buffer`.
 * @throws `ERR_GIVEBACK_NOT_LEASED` for a buffer that is not to be given back after `response`, or no
 * longer; `ERR_GIVEBACK_TYPE` for arguments that are not as documented.
 */
export function take(response: Writable, buffer: RecycledBuffer): RecycledBuffer {
  checkWritable('response', response);
  checkLeased('buffer', buffer);
  if (buffersOf.get(response)?.delete(buffer)) {
    handOut(buffer);
    return buffer;
  }
  throw new GivebackError(
    'ERR_GIVEBACK_NOT_LEASED',
    'Expected `buffer` to be one that is to be given back after `response`, got one that is not, or was taken already.',
  );
}

function holdUntilEnd(
  response: Writable,
  buffer: RecycledBuffer,
  end: (buffer: RecycledBuffer) => void,
): void {
  let buffers = buffersOf.get(response);
  if (buffers === undefined) {
    buffers = new Set();
    buffersOf.set(response, buffers);
    watch(response, buffers);
  }
  if (buffers.has(buffer)) return;
  buffers.add(buffer);
  hold(buffer, end);
}

function watch(response: Writable, buffers: Set<RecycledBuffer>): void {
  const letAllGo = (areDone: boolean): void => {
    stop();
    // Buffers that are added now are added after its end.
    buffersOf.delete(response);
    for (const buffer of buffers) letGo(buffer, areDone);
    buffers.clear();
  };
  const stop = watchEndings(response, {
    finish: () => letAllGo(keepsNothing(response)),
    close: () => letAllGo(false),
  });
}

/**
 * Middleware in front of a response, such as compression, is done with the bytes when the response has
 * finished. So only the stream that the response writes to matters.
 */
function keepsNothing(response: Writable): boolean {
  const beneath =
    http2StreamOf(response) ?? (isHttp1Response(response) ? connectionOf(response) : undefined);
  return knowledgeOf(beneath ?? response).keepsNothing;
}
