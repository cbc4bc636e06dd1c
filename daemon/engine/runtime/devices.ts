// The devices ONNX Runtime can use here, by name or best available.
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

/** The device a run uses: the named one, or the best that is there. Throws UserError where the named one is missing. */
export function chooseDevice(name: string | undefined): Device {
  if (name === undefined || name === 'auto') return 'cpu';
  const report = listDevices().find(({ device }) => device === name);
  if (!report) throw new UserError('unknown-device', `There is no device "${name}": use cpu, webgpu, cuda or auto.`);
  if (!report.available)
    throw new UserError('device-missing', `The device ${name} cannot be used: ${report.reason}. Use device cpu.`);
  return report.device;
}
