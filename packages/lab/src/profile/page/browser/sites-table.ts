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
  readonly #order: HTMLSelectElement;
  #shown: number;
  /** Bytes of the selected range by site. */
  #bytes: ReadonlyMap<number, number>;

  constructor(section: HTMLElement, data: PageData, find: (place: string) => void) {
    this.#section = section;
    this.#body = part(section, 'tbody');
    const listed = [...this.#body.querySelectorAll<HTMLTableRowElement>('tr')];
    const rest = part<HTMLTemplateElement>(section, 'template.more').content;
    const sites = new Map(data.sites.map((site) => [String(site.id), site]));
    this.#rows = [...listed, ...rest.querySelectorAll<HTMLTableRowElement>('tr')].flatMap(
      (element) => {
        const site = sites.get(element.dataset.site ?? '');
        return site ? [{ element, site }] : [];
      },
    );
    this.#order = part(section, '.order');
    this.#bytes = new Map(data.sites.map(({ id, bytes }) => [id, bytes]));
    this.#order.addEventListener('change', () => this.#list());
    addTableRoles(section);
    this.#nobodys = listed.filter(({ dataset }) => dataset.site === undefined);
    this.#shown = listed.length - this.#nobodys.length;
    this.#list();
    const more = part(section, 'button.more');
    more.addEventListener('click', () => {
      more.hidden = true;
      this.#showAll();
    });
    section.addEventListener('click', ({ target }) => {
      const row = (target as Element).closest('th button')?.closest('tr');
      if (row) find(part(row, '.place').textContent ?? '');
    });
  }

  /** Shows the bytes that each site allocated in a range; `all` is what the range allocated. */
  show(bytes: ReadonlyMap<number, number>, all: number): void {
    this.#bytes = bytes;
    for (const row of this.#rows) this.#fill(row, bytes.get(row.site.id) ?? 0, all);
    this.#list();
    this.#section.classList.add('ranged');
  }

  /** Shows the whole run again. */
  showWhole(all: number): void {
    this.show(new Map(this.#rows.map(({ site }) => [site.id, site.bytes])), all);
    this.#section.classList.remove('ranged');
  }

  #showAll(): void {
    const first = this.#rows[this.#shown]?.element;
    this.#shown = this.#rows.length;
    this.#list();
    first?.querySelector<HTMLElement>('button')?.focus();
  }

  #fill({ element, site }: Row, bytes: number, all: number): void {
    const share = all === 0 ? 0 : bytes / all;
    // Of fewer samples, which the columns do not count: fewer by as much as the bytes are.
    const error = bytes === 0 ? 0 : Math.min(1, site.error * Math.sqrt(site.bytes / bytes));
    part(element, '.bytes').textContent = formatBytes(bytes);
    part(element, '.share').textContent = shareText(share);
    part(element, '.error').textContent = errorText(error);
    part(element, '.bar').style.setProperty('--share', String(share));
  }

  #list(): void {
    const order = this.#order.value as 'bytes' | 'peakBytes' | 'shortLivedBytes';
    const of = ({ site }: Row): number =>
      order === 'bytes' ? (this.#bytes.get(site.id) ?? 0) : site[order];
    this.#rows.sort((a, b) => of(b) - of(a) || a.site.id - b.site.id);
    const rows = this.#rows
      .filter(({ site }) => this.#bytes.get(site.id))
      .slice(0, this.#shown)
      .map(({ element }) => element);
    this.#body.replaceChildren(...rows, ...this.#nobodys);
    for (const row of [...rows, ...this.#nobodys]) addRoles(row);
  }
}

// On a phone the style makes cards of the rows, which to some browsers are no table's rows any more.

function addTableRoles(section: HTMLElement): void {
  const roles = {
    table: 'table',
    'thead, tbody': 'rowgroup',
    'thead tr': 'row',
    'thead th': 'columnheader',
  };
  for (const [selector, role] of Object.entries(roles)) {
    for (const element of section.querySelectorAll(selector)) element.setAttribute('role', role);
  }
}

function addRoles(row: HTMLTableRowElement): void {
  row.setAttribute('role', 'row');
  for (const cell of row.cells) {
    cell.setAttribute('role', cell.tagName === 'TH' ? 'rowheader' : 'cell');
  }
}
