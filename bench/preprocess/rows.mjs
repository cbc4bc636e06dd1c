// Rows of real text for the benchmark: paragraphs of the documentation that installed packages bring along.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LARGEST_FILE = 300_000;

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && /\.(md|rst|txt|py)$/.test(entry.name) && statSync(path).size < LARGEST_FILE) yield path;
  }
}

/** Paragraphs of a file; of Python those of its documentation strings. */
function paragraphs(path) {
  const text = readFileSync(path, 'utf8');
  const parts = path.endsWith('.py') ? [...text.matchAll(/"""(.*?)"""/gs)].map(([, inside]) => inside) : [text];
  return parts.flatMap((part) => part.split(/\n\s*\n/)).map((part) => part.trim());
}

/** Numbers in [0, 1) from a seed. */
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** The first units of a text, without half a character at the end. */
const cut = (text, length) => text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/** Alpaca rows of some 700 characters, made of paragraphs that each come once as long as they last. */
export function makeRows(folders, count) {
  const seen = new Set();
  for (const folder of folders)
    for (const path of filesBelow(folder))
      for (const paragraph of paragraphs(path))
        if (paragraph.length > 40 && paragraph.length < 1500 && !paragraph.includes('\ufffd')) seen.add(paragraph);
  const random = numbers(1);
  const pool = [...seen];
  for (let i = pool.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [pool[i], pool[j]] = [pool[j], pool[i]];
  }
  let next = 0;
  const take = () => pool[next++ % pool.length];
  return Array.from({ length: count }, () => {
    const instruction = cut(take(), 40 + Math.floor(random() * 160));
    const input = random() < 0.4 ? cut(take(), 200) : '';
    const wanted = 150 + Math.floor(random() * 600);
    let output = take();
    while (output.length < wanted) output += `\n\n${take()}`;
    return { instruction, input, output: cut(output, 900) };
  });
}
