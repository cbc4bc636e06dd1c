// Which YAML files are recipes, and which are left alone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRecipe } from './is-recipe.ts';

const folder = join(import.meta.dirname, '../../tests/corpus/recipes/valid');

test.each(readdirSync(folder))('%s is one', (file) => {
  expect(isRecipe(readFileSync(join(folder, file), 'utf8'))).toBe(true);
});

const others: readonly (readonly [string, string])[] = [
  ['docker-compose', 'version: "3"\nservices:\n  web:\n    image: nginx\n    ports: ["80:80"]\nvolumes: {}\n'],
  ['GitHub workflow', 'name: CI\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n'],
  ['Kubernetes', 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: trainer\nspec:\n  replicas: 1\n  template:\n    spec: {}\n'],
  ['several Kubernetes documents', 'apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Pod\n'],
  ['MkDocs', 'site_name: Docs\ntheme: material\nnav:\n  - Home: index.md\nplugins: [search]\n'],
  ['conda environment', 'name: train\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip: [torch]\n'],
  ['pre-commit', 'repos:\n  - repo: https://github.com/psf/black\n    rev: 24.1.0\n    hooks: [{id: black}]\n'],
  ['Accelerate', 'compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\nfsdp_config:\n  fsdp_offload_params: true\nmixed_precision: bf16\nnum_processes: 2\n'],
  ['Axolotl', 'base_model: meta-llama/Llama-3.1-8B\nload_in_8bit: true\ndatasets:\n  - path: a.jsonl\n    type: alpaca\nmicro_batch_size: 2\nlora_r: 8\n'],
  ['Helm values', 'replicaCount: 1\nimage:\n  repository: trainer\n  tag: latest\nseed: 42\n'],
  ['OpenAPI', 'openapi: 3.1.0\ninfo: {title: API, version: "1"}\npaths: {}\n'],
  ['special tokens', '"<|start|>": "Begins a document"\n"<|end|>": "Ends it"\n'],
  ['an empty file', ''],
  ['a list', '- a\n- b\n'],
]; // prettier-ignore

test.each(others)('%s is none', (_, text) => {
  expect(isRecipe(text)).toBe(false);
});

test('a comment or a setting makes one', () => {
  expect(isRecipe('# anneal: recipe\nseed: 1\n')).toBe(true);
  expect(isRecipe('seed: 1\n', true)).toBe(true);
});
