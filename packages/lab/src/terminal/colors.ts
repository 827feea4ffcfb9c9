import type { WriteStream } from 'node:tty';
import pc from 'picocolors';

/** Colours for one stream. Standard output may be a file while standard error is a terminal. */
export function colorsFor(stream: WriteStream): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const wanted = FORCE_COLOR ? true : stream.isTTY === true && TERM !== 'dumb';
  return pc.createColors(wanted && !NO_COLOR);
}
