// Whether a quantised base is fast where it runs: what a run is told before it starts.
import type { Device } from '../../runtime/devices.ts';
import { probeInt8, WORTHWHILE, type Int8Support } from '../../runtime/int8.ts';
import type { QuantizationSettings } from './settings.ts';

export interface Int8Choice {
  /** Codes are signed; otherwise unsigned, for processors that would cut off the products of signed ones. */
  readonly signed: boolean;
  /** The output projection is worth rounding too. */
  readonly head: boolean;
  /** That it is slow here, and what to do about it, in one sentence. */
  readonly warning: string | undefined;
}

/** How 8-bit weights are kept for a device. Results are right everywhere; the warning says where they are no faster. */
export async function chooseInt8(
  settings: QuantizationSettings | undefined,
  device: Device,
  clock: () => number,
  probe: (clock: () => number) => Promise<Int8Support> = probeInt8,
): Promise<Int8Choice> {
  if (settings?.bits !== 8) return { signed: true, head: false, warning: undefined };
  if (device !== 'cpu') {
    const warning = `quantization_bit 8 saves memory here, but no time: ${device} has no 8-bit products in ONNX Runtime, so weights are turned into float32 for each product.`;
    return { signed: true, head: false, warning };
  }
  const { signed, gain } = await probe(clock);
  if (gain >= WORTHWHILE) return { signed, head: true, warning: undefined };
  const warning = `quantization_bit 8 saves memory here, but no time: this processor multiplies 8-bit numbers only ${gain.toFixed(1)} times as fast as float32 (it lacks dot-product instructions such as AVX-512 VNNI).`;
  return { signed, head: false, warning };
}
