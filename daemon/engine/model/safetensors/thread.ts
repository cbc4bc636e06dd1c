// The thread that reads weights (aside.ts).
import { parentPort } from 'node:worker_threads';
import type { Read, Reading } from './aside.ts';
import { SafetensorsFile } from './read.ts';

async function read({ path, weights }: Reading): Promise<void> {
  const file = await SafetensorsFile.open(path);
  try {
    for (const { name, data } of weights) await file.read(name, data);
  } finally {
    await file.close();
  }
}

parentPort?.on('message', (reading: Reading) => {
  void read(reading).then(
    () => {
      const data = reading.weights.map((weight) => weight.data);
      parentPort?.postMessage({ data } satisfies Read, data.map(({ buffer }) => buffer)); // prettier-ignore
    },
    (error: unknown) => parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies Read), // prettier-ignore
  );
});
