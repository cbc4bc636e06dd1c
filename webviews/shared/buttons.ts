// Buttons of VS Code's look, and a menu of what is needed less often.
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { element, icon } from './dom.ts';

export interface ButtonParts {
  readonly label: string;
  /** Codicon in front of the label. */
  readonly icon?: string;
  readonly primary?: boolean;
  readonly title?: string;
  readonly onclick: () => void;
}

export function button({ label, icon: name, primary, title, onclick }: ButtonParts): HTMLElement {
  const sign = name === undefined ? undefined : icon(name);
  sign?.setAttribute('slot', 'content-before');
  return element('vscode-button', { secondary: !primary, title, onclick }, sign, label);
}

/** A button that reads as a link. */
export const linkButton = (label: string, onclick: () => void, spoken?: string): HTMLElement =>
  element('button', { type: 'button', class: 'link', 'aria-label': spoken, onclick }, label);

let menus = 0;

/** A button that opens a list of buttons; Escape and a click elsewhere close it. */
export function menu(label: string, entries: readonly ButtonParts[]): HTMLElement {
  const id = `menu-${(menus += 1)}`;
  const list = element('div', { class: 'menu', popover: 'auto', id, role: 'group', 'aria-label': label });
  for (const { label: text, icon: name, onclick } of entries) {
    const choose = (): void => {
      list.hidePopover();
      onclick();
    };
    list.append(element('button', { type: 'button', class: 'menu-entry', onclick: choose }, name !== undefined && icon(name), text)); // prettier-ignore
  }
  const opener = element('button', { type: 'button', class: 'menu-opener', popovertarget: id, title: label, 'aria-label': label, 'aria-haspopup': 'true' }, icon('ellipsis')); // prettier-ignore
  return element('span', { class: 'menu-place' }, opener, list);
}
