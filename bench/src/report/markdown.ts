import type { Row } from '../results.ts';

/** A Markdown table. All columns but the first are aligned to the right. */
export function markdownTable(
  head: readonly string[],
  body: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

/** A candidate's name with its marks: † for size classes, bold for giveback and bare lists. */
export function candidateCell(row: Row & { sizeClassed?: boolean }): string {
  const name = `${row.candidate}${row.sizeClassed ? ' †' : ''}`;
  return row.kind === 'giveback' || row.kind === 'bare' ? `**${name}**` : name;
}
