import { formatBytes } from '../../../core/units.ts';
import type { PageData, PageSite } from '../page-data.ts';
import { part } from './dom.ts';
import { errorText, shareText } from './format.ts';

interface Row {
  readonly element: HTMLTableRowElement;
  readonly site: PageSite;
}

/** The table of call sites: what a selected range changes in it, and those that it shows only when asked to. */
export class SitesTable {
  readonly #section: HTMLElement;
  readonly #body: HTMLElement;
  readonly #rows: Row[];
  readonly #nobodys: readonly HTMLTableRowElement[];
  #shown: number;

  constructor(section: HTMLElement, data: PageData, find: (place: string) => void) {
    this.#section = section;
    this.#body = part(section, 'tbody');
    const listed = [...this.#body.querySelectorAll<HTMLTableRowElement>('tr')];
    const more = part<HTMLTemplateElement>(section, 'template.more').content;
    const sites = new Map(data.sites.map((site) => [String(site.id), site]));
    this.#rows = [...listed, ...more.querySelectorAll<HTMLTableRowElement>('tr')].flatMap(
      (element) => {
        const site = sites.get(element.dataset.site ?? '');
        return site ? [{ element, site }] : [];
      },
    );
    part(section, 'table').setAttribute('role', 'table');
    for (const group of section.querySelectorAll('thead, tbody'))
      group.setAttribute('role', 'rowgroup');
    for (const head of section.querySelectorAll('thead th'))
      head.setAttribute('role', 'columnheader');
    this.#nobodys = listed.filter(({ dataset }) => dataset.site === undefined);
    this.#shown = listed.length - this.#nobodys.length;
    this.#list();
    const button = part(section, 'button.more');
    button.addEventListener('click', () => {
      const first = this.#rows[this.#shown]?.element;
      this.#shown = this.#rows.length;
      button.hidden = true;
      this.#list();
      first?.querySelector<HTMLElement>('button')?.focus();
    });
    section.addEventListener('click', ({ target }) => {
      const row = (target as Element).closest('th button')?.closest('tr');
      if (row) find(part(row, '.place').textContent ?? '');
    });
  }

  /** Shows the bytes that each site allocated in a range; `all` is what the range allocated. */
  show(bytes: ReadonlyMap<number, number>, all: number): void {
    const of = ({ site: { id } }: Row): number => bytes.get(id) ?? 0;
    for (const row of this.#rows) this.#fill(row, of(row), all);
    this.#rows.sort((a, b) => of(b) - of(a) || a.site.id - b.site.id);
    this.#list();
    this.#section.classList.add('ranged');
  }

  /** Shows the whole run again. */
  showWhole(all: number): void {
    this.show(new Map(this.#rows.map(({ site }) => [site.id, site.bytes])), all);
    this.#section.classList.remove('ranged');
  }

  #fill({ element, site }: Row, bytes: number, all: number): void {
    const share = all === 0 ? 0 : bytes / all;
    // Of fewer samples, which the columns do not count: fewer by as much as the bytes are.
    const error = bytes === 0 ? 0 : Math.min(1, site.error * Math.sqrt(site.bytes / bytes));
    part(element, '.bytes').textContent = formatBytes(bytes);
    part(element, '.share').textContent = shareText(share);
    part(element, '.error').textContent = errorText(error);
    part(element, '.bar').style.setProperty('--share', String(share));
    element.hidden = bytes === 0;
  }

  #list(): void {
    const rows = this.#rows.slice(0, this.#shown).map(({ element }) => element);
    this.#body.replaceChildren(...rows, ...this.#nobodys);
    for (const row of [...rows, ...this.#nobodys]) addRoles(row);
  }
}

/** On a phone its style makes cards of the rows, which to some browsers are no table's rows any more. */
function addRoles(row: HTMLTableRowElement): void {
  row.setAttribute('role', 'row');
  for (const cell of row.cells)
    cell.setAttribute('role', cell.tagName === 'TH' ? 'rowheader' : 'cell');
}
