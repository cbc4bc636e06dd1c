// Elements with text as text nodes only: nothing that comes from data, a model or a log is ever read as markup.

type AttributeValue = string | number | boolean | undefined;
export type Child = Node | string | number | undefined | false;
type Listeners = { readonly [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
export interface Attributes extends Listeners {
  readonly class?: string | undefined;
  /** Attributes by their HTML names; undefined and false leave one out, true sets it empty. */
  readonly [name: string]: unknown;
}

/** An element of a tag with attributes, listeners (`onclick`, …) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K];
export function element(tag: string, attributes?: Attributes, ...children: readonly Child[]): HTMLElement;
export function element(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value as EventListener);
    else setAttribute(made, name, value as AttributeValue);
  }
  append(made, children);
  return made;
} // prettier-ignore

/** Sets an attribute only where it changes: what is equal makes no work for the screen reader or the layout. */
export function setAttribute(target: Element, name: string, value: AttributeValue): void {
  if (value === undefined || value === false) target.removeAttribute(name);
  else {
    const text = value === true ? '' : String(value);
    if (target.getAttribute(name) !== text) target.setAttribute(name, text);
  }
}

function append(target: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== undefined && child !== false) target.append(child instanceof Node ? child : String(child)); // prettier-ignore
}

/** Replaces everything in an element. */
export function fill(target: Element, ...children: readonly Child[]): void {
  target.replaceChildren();
  append(target, children);
}

/** Sets an element's text only where it changes. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** A codicon beside a text that says the same: hidden from screen readers. */
export const icon = (name: string, more = ''): HTMLElement =>
  element('span', { class: `codicon codicon-${name} ${more}`.trimEnd(), 'aria-hidden': 'true' });

/** Calls `draw` at most once a frame, however often it is asked to. */
export function perFrame(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
