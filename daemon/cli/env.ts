// anneal env and anneal version: what somebody needs to know who reads a bug report.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, totalmem, freemem } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { listDevices } from '../engine/runtime/devices.ts';
import { probeInt8, WORTHWHILE } from '../engine/runtime/int8.ts';
import type { Arguments } from './main.ts';

export async function version(): Promise<number> {
  console.log(packageJson.version);
  return 0;
}

const installed = (name: string): string => {
  try {
    return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
  } catch {
    return 'not found';
  }
};

/** Dot products of bytes that the processor names; undefined where the system does not say. */
function byteInstructions(): string[] | undefined {
  try {
    const flags =
      readFileSync('/proc/cpuinfo', 'utf8')
        .match(/^(?:flags|Features)\s*:.*$/m)?.[0]
        .split(/\s+/) ?? [];
    return ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'].filter((name) => flags.includes(name));
  } catch {
    return undefined;
  }
}

/** What quantised bases are worth on this processor: tried, because not every system names its instructions. */
async function quantization(): Promise<{ int8: string; nf4: string }> {
  const { gain, signed } = await probeInt8(() => performance.now() / 1000);
  const named = byteInstructions();
  const instructions = named === undefined ? '' : ` (${named.join(', ') || 'no dot-product instructions'})`;
  const speed = `products ${gain.toFixed(1)} times as fast as float32${instructions}${signed ? '' : ', unsigned codes'}`;
  return {
    int8: `${gain >= WORTHWHILE ? 'fast' : 'saves memory only'}: ${speed}`,
    nf4: 'saves memory only: products as fast as float32, weights are decoded for each',
  };
}

export async function env({ flags }: Arguments): Promise<number> {
  const report = {
    anneal: packageJson.version,
    node: process.versions.node,
    onnxruntime: installed('onnxruntime-node'),
    tokenizers: installed('tokenizers'),
    system: `${platform()} ${release()} ${arch()}`,
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${(totalmem() / 1e9).toFixed(1)} GB, ${(freemem() / 1e9).toFixed(1)} GB free`,
    ...(await quantization()),
    devices: listDevices(),
  };
  if (flags.has('--json')) {
    console.log(JSON.stringify(report));
    return 0;
  }
  const { devices, ...lines } = report;
  for (const [name, value] of Object.entries(lines)) console.log(`${name.padEnd(12)} ${value}`);
  for (const { device, available, reason } of devices)
    console.log(`${device.padEnd(12)} ${available ? 'in this build' : `no: ${reason}`}`);
  return 0;
}
