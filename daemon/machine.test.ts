// What each system says of processes and of itself, with the system handed in.
import { expect, test } from 'vitest';
import { machineOf, startOf, thisSystem, type System } from './machine.ts';

const refuse = (): never => {
  throw new Error('not asked');
};

test('Linux: boot and start time; a zombie has ended', () => {
  const stat = (state: string): string => `7 (a) b (c) ${state} ${Array.from({ length: 18 }, (_, i) => i).join(' ')} 4711 0 0`; // prettier-ignore
  const linux = (state: string): System => ({
    platform: 'linux',
    read: (path) => (path === '/proc/7/stat' ? stat(state) : 'boot-1\n'),
    run: refuse,
  });
  expect(startOf(7, linux('S'))).toBe('boot-1 4711');
  expect(startOf(7, linux('Z'))).toBeUndefined();
  expect(machineOf(linux('S'))).toBeUndefined();
});

test('macOS: ps tells when a process began, ioreg which machine it is', () => {
  const asked: string[] = [];
  const mac: System = {
    platform: 'darwin',
    read: refuse,
    run: (command, args) => {
      asked.push([command, ...args].join(' '));
      if (command === 'ioreg') return '  "IOPlatformUUID" = "12345678-9ABC-DEF0-1234-56789ABCDEF0"\n';
      if (args.at(-1) === '8') throw new Error('exit status 1');
      return 'Tue Nov 25 12:00:00 2025    \n';
    },
  };
  expect(startOf(7, mac)).toBe('Tue Nov 25 12:00:00 2025');
  expect(startOf(8, mac)).toBeUndefined();
  expect(machineOf(mac)).toBe('12345678-9ABC-DEF0-1234-56789ABCDEF0');
  expect(asked[0]).toBe('ps -o lstart= -p 7');
});

test('Windows tells neither, and is not asked', () => {
  const windows: System = { platform: 'win32', read: refuse, run: refuse };
  expect([startOf(7, windows), machineOf(windows)]).toEqual([undefined, undefined]);
});

test.runIf(['linux', 'darwin'].includes(process.platform))('this process has begun, and one without an id has not', () => {
  expect(startOf(process.pid)).toBe(startOf(process.pid, thisSystem));
  expect(startOf(process.pid)).toBeTruthy();
  expect(startOf(2 ** 30)).toBeUndefined();
}); // prettier-ignore
