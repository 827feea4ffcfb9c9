import { printable, printableJson } from '../core/text.ts';
import { formatBytes } from '../core/units.ts';
import { heldTime, placeWords } from '../profile/outputs/site-words.ts';
import { percent } from '../profile/outputs/summary-sentence.ts';
import type { Estimate, Profile, Site } from '../profile/profile-format.ts';
import { colorsFor } from './colors.ts';

const SITES = 5;
const WIDTH = 80;
/** Of the columns before that of the sites, which begins behind them. */
const WIDTHS = [2, 5, 5, 9, 9];
const INDENT = 36;

/** Says on standard error that a program starts now. */
export function announceProfile(command: readonly string[], folder: string): void {
  const { bold, dim } = colorsFor(process.stderr);
  process.stderr.write(
    `${bold('profile')}  ${printable(command.join(' '))}\n${dim(printable(`profile in ${folder}`))}\n\n`,
  );
}

/** The summary and the sites with the most bytes, in 80 columns. */
export function profileText(profile: Profile, stream: NodeJS.WriteStream): string {
  const { bold, dim, yellow } = colorsFor(stream);
  const { sites, unattributed, summary, notes } = profile;
  const rest = sites.slice(SITES);
  const lines = [
    ...wrapped(summary.sentence, WIDTH).map(bold),
    ...(sites.length === 0 ? [] : ['', dim(columns(['', 'share', '±', 'bytes', 'held', 'site']))]),
    ...sites
      .slice(0, SITES)
      .flatMap((site) => [
        columns(cellsOf(site)),
        ...wrapped(site.advice.text, WIDTH - INDENT).map((line) =>
          dim(`${' '.repeat(INDENT)}${line}`),
        ),
      ]),
    ...(rest.length === 0 ? [] : [dim(`${' '.repeat(INDENT)}and ${rest.length} more`)]),
    ...unattributed
      .slice(0, 2)
      .map(({ bytes, error, text }) =>
        dim(shortened(`${' '.repeat(INDENT)}no site: ${amount({ bytes, error })} ${text}`, WIDTH)),
      ),
    ...notes.flatMap((note) => wrapped(note, WIDTH).map(yellow)),
  ];
  return lines.join('\n');
}

/** Prints a profile, or its JSON. What the profiled program prints is its own, so the text goes to standard error. */
export function showProfile(folder: string, profile: Profile, page: string, json: boolean): void {
  if (json) process.stdout.write(`${printableJson({ folder, ...profile })}\n`);
  else
    process.stderr.write(
      `\n${profileText(profile, process.stderr)}\n\nProfile: ${printable(page)}\n`,
    );
}

function cellsOf(site: Site): string[] {
  const { id, share, allocated, held } = site;
  return [
    String(id),
    percent(share),
    `±${percent(allocated.error)}`,
    formatBytes(allocated.bytes),
    held === null ? '' : short(heldTime(held)),
    printable(placeWords(site)),
  ];
}

/** What is too long for its column is long. */
function short(time: string): string {
  return time.length > (WIDTHS[4] as number) ? 'long' : time;
}

function columns(cells: readonly string[]): string {
  const figures = WIDTHS.map((width, at) => (cells[at] ?? '').padStart(width)).join(' ');
  const place = cells.at(-1) ?? '';
  const room = WIDTH - INDENT;
  // The end of a path tells more than its beginning.
  return `${figures}  ${place.length > room ? `…${place.slice(1 - room)}` : place}`;
}

function amount({ bytes, error }: Pick<Estimate, 'bytes' | 'error'>): string {
  return `${formatBytes(bytes)} ±${percent(error)}`;
}

function shortened(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => shortened(each, width));
}
