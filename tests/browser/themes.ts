// The colours that VS Code 1.139 gives a webview in its own themes: fixtures/themes.json holds those that a view may use.
import { readFileSync } from 'node:fs';

export const themes = ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const;
export type Theme = (typeof themes)[number];

interface Colours {
  /** Classes that VS Code puts on the body. */
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

const file = new URL('./fixtures/themes.json', import.meta.url);
const colours = JSON.parse(readFileSync(file, 'utf8')) as Record<Theme, Colours>;

/** The style attribute of the page's root, escaped for HTML, and the classes of its body. */
export function themeStyle(theme: Theme): { readonly style: string; readonly bodyClass: string } {
  const { bodyClass, variables } = colours[theme];
  const style = Object.entries(variables).map(([name, value]) => `${name}:${value}`).join(';').replaceAll('"', '&quot;'); // prettier-ignore
  return { style, bodyClass };
}
