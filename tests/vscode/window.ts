// A window of VS Code as somebody at the keyboard sees it: palette, editor, trees, panels. Nothing waits for a time, all for what appears.
import type { Frame, Locator, Page } from 'playwright-core';

/** Milliseconds within which what was asked for must appear: the machine may be busy with everything else. */
export const PATIENCE = 90_000;

export class EditorWindow {
  readonly page: Page;
  readonly #address: string;
  /** Addresses outside this machine that the page asked for. */
  readonly outside: string[] = [];

  constructor(page: Page, address: string) {
    this.page = page;
    this.#address = address;
    page.setDefaultTimeout(PATIENCE);
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && hostname !== '127.0.0.1') this.outside.push(request.url());
    });
  }

  async load(): Promise<void> {
    await this.page.goto(this.#address);
    await this.ready();
  }

  /** As "Developer: Reload Window": the extension host starts anew. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    // commands of extensions are known once it is there
    await this.page.locator('.activitybar .action-label[aria-label^="Anneal"]').first().waitFor();
  }

  /** A command by its title, as the palette shows it. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.choose(title, `>${title}`);
  }

  /** Picks a row of the list that is open at the top. `typed`: what is typed first, default: the row. */
  async choose(row: string, typed = row): Promise<void> {
    const input = this.page.locator('.quick-input-widget:visible input[type=text]');
    await input.fill(typed);
    const found = this.quickRows.filter({ has: this.page.getByText(row, { exact: true }) });
    await found.first().click();
  }

  get quickRows(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget:visible input[type=text]');
    await input.fill(name);
    await this.quickRows
      .filter({ hasText: name.slice(name.lastIndexOf('/') + 1) })
      .first()
      .click();
    await this.page.locator('.editor-instance .monaco-editor .view-line').first().waitFor();
  }

  get editor(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
  }

  /** The editor's line that holds a text. */
  line(text: string): Locator {
    // lines are written with no-break spaces
    const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s'));
    return this.editor.locator('.view-line').filter({ hasText: pattern }).first();
  }

  /** Puts the cursor into a line of the editor, by its number from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.page.keyboard.press('Control+G');
    const input = this.page.locator('.quick-input-widget:visible input[type=text]');
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  get errors(): Locator {
    return this.editor.locator('.squiggly-error');
  }

  /** Applies the fix for what is wrong at the cursor. */
  async quickFix(title: string): Promise<void> {
    await this.page.keyboard.press('Control+.');
    await this.page.locator('.action-widget .monaco-list-row').filter({ hasText: title }).first().click();
  }

  /** The values or keys that are offered at the cursor. */
  async suggestions(): Promise<Locator> {
    await this.page.keyboard.press('Control+Space');
    const rows = this.page.locator('.suggest-widget.visible .monaco-list-row');
    await rows.first().waitFor();
    return rows;
  }

  async lens(title: string | RegExp): Promise<void> {
    await this.editor.locator('.codelens-decoration a').filter({ hasText: title }).first().click();
  }

  /** The container of Anneal's views, shown in the side bar. */
  async showViews(): Promise<void> {
    const tab = this.page.locator('.activitybar .action-item').filter({ has: this.page.locator('[aria-label^="Anneal"]') }).first(); // prettier-ignore
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await this.page.locator('.sidebar .pane-header').first().waitFor();
  }

  /** Rows of a view of the side bar, by its title. */
  rows(view: string): Locator {
    const pane = this.page.locator('.sidebar .pane').filter({ has: this.page.locator(`.pane-header[aria-label^="${view}"]`) }); // prettier-ignore
    return pane.locator('.monaco-list-row');
  }

  get notifications(): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item');
  }

  /** The page within a panel's two frames, by something that it shows. Panels that are hidden have none. */
  async view(selector: string): Promise<Frame> {
    for (const began = performance.now(); performance.now() - began < PATIENCE;) {
      for (const frame of this.page.frames()) {
        if (frame.parentFrame()?.parentFrame() !== this.page.mainFrame()) continue;
        const shows = await frame.locator(selector).first().isVisible().catch(() => false); // prettier-ignore
        if (shows) return frame;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`No view shows ${selector} within ${PATIENCE / 1000} s.`);
  }
}
