// Plain tables with a heading row; numbers stand right.
import { element, type Child } from './dom.ts';

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

export type Cell = Child | readonly Child[];

/** A table in a place of its own that scrolls where it is too wide. */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const kind = (i: number): string | undefined => (columns[i]?.numeric ? 'num' : undefined);
  const head = columns.map(({ title }, i) => element('th', { scope: 'col', class: kind(i) }, title));
  const body = rows.map((cells) =>
    element('tr', {}, ...cells.map((cell, i) => element('td', { class: kind(i) }, ...(Array.isArray(cell) ? (cell as readonly Child[]) : [cell as Child])))),
  );
  const made = element('table', {}, element('caption', { class: 'unseen' }, label), element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body));
  return element('div', { class: 'table-place', tabindex: 0, role: 'region', 'aria-label': label }, made);
} // prettier-ignore
