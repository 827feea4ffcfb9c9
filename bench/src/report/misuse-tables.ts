import { isHarm, type Misuse, misuses, type Outcome } from '../measure/misuses.ts';
import type { SafetyRow } from '../results.ts';
import { candidateCell, markdownTable } from './markdown.ts';

const names = Object.keys(misuses) as Misuse[];

/** The outcomes of each misuse, a row for each candidate. */
export function misuseTable(rows: readonly SafetyRow[]): string {
  if (rows.length === 0) return '';
  const body = rows.map((row) => [
    candidateCell(row),
    ...misuseCells(row).map((cell) => inMarkdown(cell, cell)),
  ]);
  return markdownTable(['', ...names], body);
}

/** How often each outcome came with giveback, a row for each misuse. */
export function ownMisuseTable(rows: readonly SafetyRow[]): string {
  const ours = rows.filter(({ kind }) => kind === 'giveback');
  if (ours.length === 0) return '';
  const body = names.map((misuse) => [
    misuse,
    ...ours.map(({ outcomes }) => countsInWords(outcomes[misuse] ?? {})),
  ]);
  return markdownTable(['', ...ours.map(({ candidate }) => candidate)], body);
}

/** A cell for each misuse, with all of its outcomes. */
export function misuseCells({ outcomes, failure = '–' }: SafetyRow): string[] {
  return names.map((misuse) => {
    const found = Object.keys(outcomes[misuse] ?? {});
    return found.length === 0 ? failure : [...new Set(found.map(inShort))].join('; ');
  });
}

function inShort(outcome: Outcome): string {
  if (/^(throws|refuses|rejects)/.test(outcome)) return 'refused';
  return outcome === 'ignores' ? 'ignored' : outcome;
}

/** `769 throws ERR_…` */
function countsInWords(counts: Readonly<Record<Outcome, number>>): string {
  return Object.entries(counts)
    .map(([outcome, count]) => inMarkdown(`${count} ${outcome}`, outcome))
    .join('; ');
}

function inMarkdown(text: string, outcome: Outcome): string {
  return isHarm(outcome) ? `**${text}**` : text;
}
