// The devices ONNX Runtime can use here: by name, or the fastest one that answers.
import { existsSync, readdirSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { UserError } from '../../errors.ts';

export type Device = 'cpu' | 'webgpu' | 'cuda';

export interface DeviceReport {
  readonly device: Device;
  readonly available: boolean;
  /** Why not, in one sentence. */
  readonly reason?: string;
}

/** Providers that this build of onnxruntime-node carries. Whether a device answers is known only when a session is made. */
export function listDevices(): DeviceReport[] {
  const bundled = new Set(ort.listSupportedBackends().map(({ name }) => name));
  return (['cpu', 'webgpu', 'cuda'] as const).map((device) =>
    bundled.has(device)
      ? { device, available: true }
      : { device, available: false, reason: `this build of onnxruntime-node has no ${device} provider` },
  );
}

/** Asks a device; both throw where it does not answer. */
export interface Probe {
  /** Lets it do as little as there is to do. */
  answers(device: Device): Promise<void>;
  /** Seconds that one product of two large matrices takes. */
  seconds(device: Device): Promise<number>;
}

/**
 * The device a run uses: the named one, or of those that answer the one that multiplies fastest. Throws UserError where the
 * named one is missing or does not answer.
 */
export async function chooseDevice(
  name: string | undefined,
  probe: Probe,
  present = hasAccelerator(),
): Promise<Device> {
  if (name !== undefined && name !== 'auto') return named(name, probe);
  // without an accelerator there is nothing to choose, and asking a driver takes time
  const candidates = present ? listDevices().filter(({ available }) => available) : [];
  let best: { device: Device; seconds: number } | undefined;
  for (const { device } of candidates) {
    // one that does not answer is none
    const seconds = await probe.seconds(device).catch(() => Number.POSITIVE_INFINITY);
    if (!best || seconds < best.seconds) best = { device, seconds };
  }
  return best?.device ?? 'cpu';
}

async function named(name: string, probe: Probe): Promise<Device> {
  const report = listDevices().find(({ device }) => device === name);
  if (!report) throw new UserError('unknown-device', `There is no device "${name}": use cpu, webgpu, cuda or auto.`);
  if (!report.available)
    throw new UserError('device-missing', `The device ${name} cannot be used: ${report.reason}. Use device cpu.`);
  if (report.device === 'cpu') return 'cpu';
  try {
    await probe.answers(report.device);
  } catch (cause) {
    const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new UserError(
      'device-silent',
      `The device ${name} does not answer (${first.slice(0, 200)}): look at its driver, or set anneal_device: cpu.`,
      { cause },
    );
  }
  return report.device;
}

/** Whether this machine may have an accelerator at all. */
function hasAccelerator(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidia0') || existsSync('/dev/dxg')) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((entry) => entry.startsWith('renderD'));
}
