/**
 * Characters that are not text: control characters, which include the escape sequences that control a
 * terminal; marks that change the direction of writing; halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\uFFFE\uFFFF]/gu;

export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) < 0;
}

/** Makes text from any source safe to print on one line: characters that are not text are escaped. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The same for text of several lines. */
function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The beginning of a text from a file, for an error message. */
export function excerpt(text: string): string {
  const most = 60;
  return text.length <= most ? printable(text) : `${printable(text.slice(0, most))}…`;
}

/** JSON that is safe to print. `JSON.stringify` leaves some control characters as they are. */
export function printableJson(value: unknown): string {
  return printableLines(JSON.stringify(value, null, 2));
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
