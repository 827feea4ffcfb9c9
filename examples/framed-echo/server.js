import { createServer } from 'node:net';
import { frames, writeAndGive } from 'giveback/io';

/** Bytes before each frame: its length as a 32-bit number, which does not count itself. */
export const HEADER = 4;

/**
 * Sends each frame back from where it was read. `onRefused` is told of a peer whose frames are not as they
 * should be; its connection is closed, and the others notice nothing.
 *
 * @param maxFrame the most bytes of a frame, its header among them.
 * @param idleTimeout milliseconds for which a peer may send nothing.
 */
export function echoServer(buffers, { maxFrame, idleTimeout = 10_000, onRefused = () => {} }) {
  return createServer({ allowHalfOpen: true }, async (socket) => {
    // Nobody may hold the beginning of a frame for ever.
    socket.setTimeout(idleTimeout, () => socket.destroy(new Error('too slow')));
    try {
      const options = { length: { bytes: HEADER }, maxFrame };
      // What is not sent yet is bounded: the loop asks for the next frame when this one is out.
      for await (const frame of frames(socket, buffers, options)) await writeAndGive(socket, frame);
      socket.end();
    } catch (error) {
      onRefused(error);
    }
  });
}
