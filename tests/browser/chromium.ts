// Finds and starts a Chromium: the system's, or the one that @sparticuz/chromium carries. Without either a test fails and says why.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import carried from '@sparticuz/chromium';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of the system's Chromium; undefined where it has none. */
export function systemChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** A headless Chromium. Containers give it no sandbox of its own; what it opens is ours. Throws with both reasons where there is none. */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-dev-shm-usage', ...more];
  const system = systemChromium();
  if (system !== undefined) return await chromium.launch({ executablePath: system, args });
  try {
    return await chromium.launch({ executablePath: await carried.executablePath(), args: [...carried.args, ...args] });
  } catch (cause) {
    throw new Error(
      `There is no Chromium for the tests of the views: none of ${names.join(', ')} is on the PATH, and that of @sparticuz/chromium does not start. Install one (Debian: apt install chromium).`,
      { cause },
    );
  }
}
