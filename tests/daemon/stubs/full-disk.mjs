// Loaded into every process by NODE_OPTIONS: once FULL_DISK's file exists, writing weights fails as on a full disk.
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { open } = fs;
fs.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  if (String(path).endsWith('.safetensors') && rest[0] === 'w' && existsSync(process.env.FULL_DISK)) {
    const write = handle.writeFile.bind(handle);
    let written = 0;
    handle.writeFile = async (data, ...more) => {
      written += data.length;
      if (written > 4096)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
      await write(data, ...more);
    };
  }
  return handle;
};
syncBuiltinESMExports();
