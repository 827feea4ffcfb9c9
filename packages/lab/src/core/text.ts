/**
 * What is no text: control characters, among them the escape sequences by which a file could write
 * anything on a terminal; marks that turn the direction of writing; halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\uFFFE\uFFFF]/gu;

export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) < 0;
}

/** For text from anywhere, on its way to a terminal: on one line, and what cannot be printed is spelt out. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The same for what may have several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The beginning of a text from a file, for a message that says what is wrong with it. */
export function excerpt(text: string): string {
  const most = 60;
  return text.length <= most ? printable(text) : `${printable(text.slice(0, most))}…`;
}

/** JSON as text that may be printed: what `JSON.stringify` leaves as it is can speak to terminals, too. */
export function printableJson(value: unknown): string {
  return printableLines(JSON.stringify(value, null, 2));
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
