import type { IncomingMessage } from 'node:http';
import type { LiveBytes } from '../live-bytes.ts';

/** Counts the bytes of a request's body as live from the moment they come. @returns how many have come so far */
export function countIncoming(request: IncomingMessage, live: LiveBytes): () => number {
  let received = 0;
  const push = request.push.bind(request);
  request.push = (bytes: Buffer | null) => {
    received += bytes?.length ?? 0;
    live.add(bytes?.length ?? 0);
    return push(bytes);
  };
  return () => received;
}
