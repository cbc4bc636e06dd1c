// Which device a run takes: the fastest that answers, or the named one, or a sentence that says why not.
import { describe, expect, test } from 'vitest';
import { chooseDevice, type Device, type Probe } from './devices.ts';
import { choosePrecision } from './precision.ts';
import { matrixProbe } from './probe.ts';

const seconds = (times: Partial<Record<Device, number>>): Probe => {
  const timeOf = async (device: Device): Promise<number> => {
    const time = times[device];
    if (time === undefined) throw new Error(`no adapter for ${device}\nand much more`);
    return time;
  };
  return { seconds: timeOf, answers: async (device) => void (await timeOf(device)) };
};

describe('chooseDevice', () => {
  test('auto takes the fastest that answers', async () => {
    expect(await chooseDevice('auto', seconds({ cpu: 0.02, webgpu: 0.001 }), true)).toBe('webgpu');
    // a graphics driver in software
    expect(await chooseDevice('auto', seconds({ cpu: 0.02, webgpu: 4 }), true)).toBe('cpu');
    expect(await chooseDevice(undefined, seconds({ cpu: 0.02 }), true)).toBe('cpu');
  });

  test('auto asks nobody where there is no accelerator', async () => {
    const asked = (): never => {
      throw new Error('asked');
    };
    expect(await chooseDevice('auto', { seconds: asked, answers: asked }, false)).toBe('cpu');
  });

  test('a named device that does not answer, or does not exist, is refused with a reason', async () => {
    expect(await chooseDevice('webgpu', seconds({ webgpu: 4 }))).toBe('webgpu');
    await expect(chooseDevice('webgpu', seconds({}))).rejects.toThrow(
      'The device webgpu does not answer (no adapter for webgpu): look at its driver, or set anneal_device: cpu.',
    );
    await expect(chooseDevice('tpu', seconds({}))).rejects.toThrow('There is no device "tpu"');
  });

  test('the probe times real products', async () => {
    let now = 0;
    const probe = matrixProbe(() => now++);
    expect(await probe.seconds('cpu')).toBe(1);
    await expect(probe.answers('cpu')).resolves.toBeUndefined();
  });
});

test('a precision that the recipe asks for and does not get is told', () => {
  const asked = { bf16: false, fp16: false, pureBf16: false };
  expect(choosePrecision('cpu', asked)).toEqual({ compute: 'float32', warning: undefined });
  expect(choosePrecision('cpu', { ...asked, bf16: true }).warning).toBe(
    'bf16 has no effect here: without an accelerator everything is computed in float32.',
  );
  expect(choosePrecision('webgpu', { ...asked, fp16: true }).warning).toContain('fp16 has no effect here: on webgpu');
});
