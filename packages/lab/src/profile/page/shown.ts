import { printable } from '../../core/text.ts';
import type { Frame } from '../profile-format.ts';

// Text of a trace, which may say anything: on one line, without characters that are no text, and cut to a length that
// can be read. It still has to be escaped where it becomes markup.

const LONGEST_NAME = 160;
const LONGEST_FILE = 240;

/** `src/server.js:12:5` */
export function placeOf({ file, line, column }: Pick<Frame, 'file' | 'line' | 'column'>): string {
  return file === '' ? '' : `${shownFile(file)}:${line}:${column}`;
}

/** Of a path the end tells more. */
export function shownFile(file: string): string {
  return shown(file, LONGEST_FILE, 'end');
}

export function shown(
  text: string,
  most: number = LONGEST_NAME,
  keep: 'start' | 'end' = 'start',
): string {
  const safe = printable(text.length > 4 * most ? excerptOf(text, 2 * most, keep) : text);
  return safe.length <= most ? safe : excerptOf(safe, most, keep);
}

function excerptOf(text: string, most: number, keep: 'start' | 'end'): string {
  return keep === 'start' ? `${text.slice(0, most)}…` : `…${text.slice(-most)}`;
}
