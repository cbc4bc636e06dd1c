// Training on the WebGPU provider, on a Vulkan device in software: the losses of the CPU, and no operator left behind on it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runEvent, type StepEvent } from '../../daemon/protocol.ts';
import { baseRecipe, cli, goldens, repository, temporary } from '../cli/command.ts';
import { expected } from '../goldens/golden.ts';
import { softwareDevice } from './device.ts';

const device = softwareDevice();
const env = 'env' in device ? device.env : {};
const why = 'missing' in device ? device.missing : '';

describe.skipIf(why !== '')(`WebGPU${why && ` (skipped: ${why})`}`, () => {
  test('a tiny model trains to the recorded losses', () => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [cli, 'train', baseRecipe, 'anneal_device=webgpu', 'max_steps=4', `output_dir=${temporary('webgpu')}`, '--json'],
      { cwd: goldens, env, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
    const steps = stdout.trim().split('\n').map((line) => runEvent.parse(JSON.parse(line))).filter((event): event is StepEvent => event.type === 'step'); // prettier-ignore
    expect(steps).toHaveLength(4);
    steps.forEach(({ loss }, i) => {
      expect(Math.abs(loss - (expected('sft-lora-llama-base').steps[i]?.loss ?? 0)), `step ${i + 1}`).toBeLessThan(
        1e-3,
      );
    });
  }, 120_000);

  test.each(['llama', 'gemma2', 'gemma3', 'qwen3', 'phi3', 'mistral', 'llama-bias'])(
    'every operator of a step of %s runs there',
    (name) => {
      const script = join(repository, 'tests/webgpu/placement.ts');
      const { stdout, stderr } = spawnSync(process.execPath, [script, join(goldens, 'models', name)], {
        env,
        encoding: 'utf8',
      });
      expect(stdout, stderr).not.toBe('');
      const placed = JSON.parse(stdout) as Record<string, Record<string, number>>;
      expect(placed['CPUExecutionProvider']).toBeUndefined();
      expect(placed['WebGpuExecutionProvider']?.['Gemm']).toBeGreaterThan(10);
    },
    120_000,
  );
});
