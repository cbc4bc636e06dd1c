// What lies in a folder, by the rules of each system.
import { posix, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { isWithin } from './sessions.ts';

test.each<[string, string, boolean]>([
  ['/a/b', '/a/b', true],
  ['/a/b/c', '/a/b', true],
  ['/a/b/..c', '/a/b', true],
  ['/a/bc', '/a/b', false],
  ['/a', '/a/b', false],
  ['/A/b/c', '/a/b', false],
])('POSIX: %s in %s', (path, folder, within) => expect(isWithin(path, folder, posix)).toBe(within));

test.each<[string, string, boolean]>([
  ['C:\\work\\rows', 'C:\\work', true],
  ['c:\\WORK\\rows', 'C:\\work', true],
  ['C:\\work', 'C:\\work\\', true],
  ['C:\\workshop', 'C:\\work', false],
  ['C:\\work\\..\\other', 'C:\\work', false],
  ['D:\\work\\rows', 'C:\\work', false],
  ['\\\\server\\share\\work', 'C:\\work', false],
  ['\\\\server\\share\\work', '\\\\server\\share', true],
])('Windows: %s in %s', (path, folder, within) => expect(isWithin(path, folder, win32)).toBe(within));
