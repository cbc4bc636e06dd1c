// anneal env and anneal version: what somebody needs to know who reads a bug report.
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, totalmem, freemem } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { listDevices } from '../engine/runtime/devices.ts';
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

export async function env({ flags }: Arguments): Promise<number> {
  const report = {
    anneal: packageJson.version,
    node: process.versions.node,
    onnxruntime: installed('onnxruntime-node'),
    tokenizers: installed('tokenizers'),
    system: `${platform()} ${release()} ${arch()}`,
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${(totalmem() / 1e9).toFixed(1)} GB, ${(freemem() / 1e9).toFixed(1)} GB free`,
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
