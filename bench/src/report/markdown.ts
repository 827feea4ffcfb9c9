import type { Row } from '../results.ts';

/** A table in Markdown: figures to the right of their names. */
export function markdownTable(
  head: readonly string[],
  body: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

/** A candidate's name, with what the tables mark it by. */
export function candidateCell(row: Row & { sizeClassed?: boolean }): string {
  const name = `${row.candidate}${row.sizeClassed ? ' †' : ''}`;
  return row.kind === 'giveback' || row.kind === 'bare' ? `**${name}**` : name;
}
