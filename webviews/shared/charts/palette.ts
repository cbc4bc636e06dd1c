// Colours for canvases: what the style sheet's variables come to in the theme of the moment, forced colours included.

const names = ['chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6', 'chart-7', 'chart-8', 'axis', 'grid', 'plot'] as const; // prettier-ignore
export type ColourName = (typeof names)[number];

export class Palette {
  readonly #probe = document.createElement('span');
  readonly #colours = new Map<ColourName, string>();

  /** `changed` is called when the theme has changed. */
  constructor(changed: () => void) {
    this.#probe.hidden = true;
    document.body.append(this.#probe);
    const renew = (): void => {
      this.#read();
      changed();
    };
    // VS Code changes the root's style and the body's classes
    const observer = new MutationObserver(renew);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    matchMedia('(forced-colors: active)').addEventListener('change', renew);
    this.#read();
  }

  /** A colour as canvases take it. */
  of(name: ColourName): string {
    return this.#colours.get(name) ?? 'currentColor';
  }

  #read(): void {
    for (const name of names) {
      this.#probe.style.color = `var(--${name})`;
      this.#colours.set(name, getComputedStyle(this.#probe).color);
    }
  }
}
