// The output directory under crashes, full disks and second runs: real files, real processes, real signals.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  asFileError,
  holdsModel,
  listCheckpoints,
  lockFolder,
  modelFiles,
  prepareFolder,
  writeFolder,
  writeInto,
  writeJson,
  writeWhole,
} from './files.ts';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'anneal-out-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const text = (...names: string[]): string => readFileSync(join(out, ...names), 'utf8');
const write = (folder: string, name: string, content: string): void => writeFileSync(join(folder, name), content);

/** A process that runs lines with the module's exports and `out` at hand; it says what its lines print. */
function child(lines: string): ChildProcess {
  const module = new URL('files.ts', import.meta.url).href;
  const program = `import * as files from ${JSON.stringify(module)};
    import { writeFileSync } from 'node:fs';
    const out = ${JSON.stringify(out)};
    ${lines}`;
  return spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
}

async function firstLine(process: ChildProcess): Promise<string> {
  const [data] = (await once(process.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
  return data.toString().trim();
}

describe('writing', () => {
  it('replaces a file whole, and leaves nothing beside it', async () => {
    await writeWhole(join(out, 'a.json'), 'old');
    await writeJson(join(out, 'a.json'), { b: 1 });
    expect(text('a.json')).toBe('{\n  "b": 1\n}\n');
    expect(readdirSync(out)).toEqual(['a.json']);
  });

  it('makes a folder whole, in place of the one before', async () => {
    const path = join(out, 'checkpoint-2');
    await writeFolder(path, async (folder) => write(folder, 'first', '1'));
    await writeFolder(path, async (folder) => {
      mkdirSync(join(folder, 'deep'));
      write(folder, 'deep/second', '2');
      expect(readdirSync(path)).toEqual(['first']);
    });
    expect([readdirSync(out), readdirSync(path), text('checkpoint-2', 'deep', 'second')]).toEqual([['checkpoint-2'], ['deep'], '2']); // prettier-ignore
  });

  it('leaves what was there when filling fails', async () => {
    const path = join(out, 'checkpoint-2');
    await writeFolder(path, async (folder) => write(folder, 'a', '1'));
    const failing = writeFolder(path, async (folder) => {
      write(folder, 'a', 'half');
      throw new Error('out of ideas');
    });
    await expect(failing).rejects.toThrow('out of ideas');
    expect([readdirSync(out), text('checkpoint-2', 'a')]).toEqual([['checkpoint-2'], '1']);
  });

  it('adds files among others, and removes the shards of an earlier save', async () => {
    for (const name of ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'model.safetensors.index.json', 'trainer_log.jsonl', 'model.txt']) write(out, name, 'old'); // prettier-ignore
    await writeInto(out, async (folder) => {
      write(folder, 'model.safetensors', 'new');
      write(folder, 'config.json', '{}');
    }, modelFiles); // prettier-ignore
    expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'model.txt', 'trainer_log.jsonl']);
  });
});

describe('a crash', () => {
  it('in the middle of a checkpoint leaves none of that name, and the next run cleans up', async () => {
    await writeFolder(join(out, 'checkpoint-1'), async (folder) => write(folder, 'a', '1'));
    const writer = child(`await files.writeFolder(out + '/checkpoint-2', async (folder) => {
      writeFileSync(folder + '/model.safetensors', 'x'.repeat(100000));
      console.log('writing');
      await new Promise((resolve) => setTimeout(resolve, 60000));
    });`);
    expect(await firstLine(writer)).toBe('writing');
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    expect(readdirSync(out).sort()).toEqual(['.tmp-checkpoint-2', 'checkpoint-1']);
    expect(listCheckpoints(out).map(({ step }) => step)).toEqual([1]);
    const release = await lockFolder(out, process.pid);
    await release();
    expect(readdirSync(out)).toEqual(['checkpoint-1']);
  });

  it('between stepping aside and taking its place brings the old one back', async () => {
    await writeFolder(join(out, 'checkpoint-3'), async (folder) => write(folder, 'a', 'old'));
    renameSync(join(out, 'checkpoint-3'), join(out, '.tmp-checkpoint-3.old'));
    mkdirSync(join(out, '.tmp-checkpoint-3'));
    const release = await lockFolder(out, process.pid);
    await release();
    expect([readdirSync(out), text('checkpoint-3', 'a')]).toEqual([['checkpoint-3'], 'old']);
  });
});

// a device that is always full; Linux has one
describe.runIf(existsSync('/dev/full'))('a full disk', () => {
  it('stops a checkpoint with a sentence, and keeps the last one', async () => {
    await writeFolder(join(out, 'checkpoint-1'), async (folder) => write(folder, 'a', '1'));
    const failing = writeFolder(join(out, 'checkpoint-2'), async (folder) => {
      symlinkSync('/dev/full', join(folder, 'model.safetensors'));
      write(folder, 'model.safetensors', 'weights');
    });
    await expect(failing).rejects.toMatchObject({ code: 'disk-full', status: 1, message: expect.stringMatching(/checkpoint-2 could not be written.*free some space/) }); // prettier-ignore
    expect(readdirSync(out)).toEqual(['checkpoint-1']);
  });

  it('changes nothing among other files', async () => {
    write(out, 'adapter_config.json', 'old');
    const failing = writeInto(out, async (folder) => {
      write(folder, 'adapter_config.json', 'new');
      symlinkSync('/dev/full', join(folder, 'adapter_model.safetensors'));
      write(folder, 'adapter_model.safetensors', 'weights');
    });
    await expect(failing).rejects.toMatchObject({ code: 'disk-full' });
    expect([readdirSync(out), text('adapter_config.json')]).toEqual([['adapter_config.json'], 'old']);
  });
});

describe('where nothing can be written', () => {
  it('says so before anything starts', async () => {
    write(out, 'file', '');
    await expect(prepareFolder(join(out, 'file', 'run'))).rejects.toMatchObject({ code: 'not-writable', status: 2, message: expect.stringContaining('choose another output_dir') }); // prettier-ignore
  });

  it.each([['EACCES', 'not-writable'], ['EROFS', 'not-writable'], ['ENOSPC', 'disk-full'], ['EDQUOT', 'disk-full']])('knows %s as %s', (code, expected) => {
    expect(asFileError(Object.assign(new Error(code), { code }), 'a/b')).toMatchObject({ code: expected, message: expect.stringContaining('a/b') });
  }); // prettier-ignore

  it('leaves other errors as they are', () => {
    const error = new Error('bug');
    expect(asFileError(error, 'a')).toBe(error);
  });
});

describe('the lock', () => {
  const lock = (): string => join(out, '.anneal.lock');

  it('refuses a second run, in this process too, and lets one in afterwards', async () => {
    const release = await lockFolder(out, process.pid);
    await expect(lockFolder(out, process.pid)).rejects.toMatchObject({ code: 'output-in-use', status: 2, message: expect.stringContaining(`process ${process.pid} on ${hostname()}`) }); // prettier-ignore
    await release();
    expect(readdirSync(out)).toEqual([]);
    await (
      await lockFolder(out, process.pid)
    )();
  });

  it('keeps its hands off what the other run is writing', async () => {
    const release = await lockFolder(out, process.pid);
    mkdirSync(join(out, '.tmp-checkpoint-4'));
    await expect(lockFolder(out, process.pid)).rejects.toThrow('Another run');
    expect(existsSync(join(out, '.tmp-checkpoint-4'))).toBe(true);
    await release();
  });

  it('is held by a living process and taken over from a killed one', async () => {
    const holder = child(`await files.lockFolder(out, process.pid); console.log('held'); setTimeout(() => {}, 60000);`);
    expect(await firstLine(holder)).toBe('held');
    await expect(lockFolder(out, process.pid)).rejects.toThrow(`process ${holder.pid}`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (
      await lockFolder(out, process.pid)
    )();
  });

  it('is taken over where its process id belongs to a younger process', async () => {
    const release = await lockFolder(out, process.pid);
    const held = JSON.parse(readFileSync(lock(), 'utf8')) as { pid: number; started?: string };
    // only a system that tells start times can know
    writeFileSync(lock(), JSON.stringify({ ...held, pid: held.started ? held.pid : 2 ** 30, started: 'before' }));
    const again = await lockFolder(out, process.pid);
    expect(JSON.parse(readFileSync(lock(), 'utf8'))).toEqual(held);
    await again();
    await release();
  });

  it('of another machine is left alone, and the way out is named', async () => {
    writeFileSync(lock(), JSON.stringify({ pid: 1, host: 'elsewhere.example' }));
    await expect(lockFolder(out, process.pid)).rejects.toThrow(`on elsewhere.example) is writing to ${out}`);
    await expect(lockFolder(out, process.pid)).rejects.toThrow(`delete ${lock()}`);
  });

  it('that cannot be read is a dead one', async () => {
    writeFileSync(lock(), '4');
    await (
      await lockFolder(out, process.pid)
    )();
    expect(readdirSync(out)).toEqual([]);
  });

  it('goes to one of several that find it stale', async () => {
    writeFileSync(lock(), JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    const contenders = Array.from({ length: 4 }, () =>
      child(`files.lockFolder(out, process.pid).then(() => console.log('won'), (error) => console.log(error.code));
        setTimeout(() => {}, 60000);`),
    );
    const outcomes = await Promise.all(contenders.map(firstLine));
    for (const contender of contenders) contender.kill('SIGKILL');
    expect(outcomes.sort()).toEqual(['output-in-use', 'output-in-use', 'output-in-use', 'won']);
  });
});

describe('checkpoints', () => {
  it('are listed by step, without files, leftovers and look-alikes', () => {
    for (const name of ['checkpoint-100', 'checkpoint-20', '.tmp-checkpoint-300', 'checkpoint-x', 'checkpoint-5-old']) mkdirSync(join(out, name)); // prettier-ignore
    write(out, 'checkpoint-7', '');
    expect(listCheckpoints(out)).toEqual([
      { step: 20, path: join(out, 'checkpoint-20') },
      { step: 100, path: join(out, 'checkpoint-100') },
    ]);
    expect(listCheckpoints(join(out, 'none'))).toEqual([]);
  });

  it('or a model make a folder one that holds a result', () => {
    write(out, 'trainer_log.jsonl', '');
    expect(holdsModel(out)).toBe(false);
    write(out, 'adapter_model.safetensors', '');
    expect(holdsModel(out)).toBe(true);
  });
});
