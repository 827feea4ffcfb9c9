/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Pixels of a chart on A4 or Letter. */
export const PRINTED_WIDTH = 680;

/** An element of the page's own frame, which is there. */
export function part<T extends Element = HTMLElement>(within: ParentNode, selector: string): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

/** Rows of a table, of plain text. */
export function setRows(body: HTMLElement, rows: readonly (readonly string[])[]): void {
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement('tr');
      for (const cell of cells) row.insertCell().textContent = cell;
      return row;
    }),
  );
}
