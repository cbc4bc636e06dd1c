// The tree of runs: what each state looks like, and that its menus find it.
import { describe, expect, test } from 'vitest';
import { runStates, runSummary, type RunSummary } from '../../daemon/runs/protocol.ts';
import { commands, type CommandEntry } from '../contributions/commands.ts';
import { activityText } from '../tracking/text.ts';
import { RunList, endedRun, type RunChange } from '../tracking/run-list.ts';
import { checkpointNode, runNode } from './runs-tree.ts';

const run = (more: Partial<RunSummary> = {}, progress: Partial<RunSummary['progress']> = {}): RunSummary =>
  runSummary.parse({
    id: 'a', name: 'captain', state: 'running', source: 'anneal', outputDir: '/out', recipeFile: '/captain.yaml', stage: 'sft', finetuningType: 'lora',
    device: 'cpu', tags: [], created: 1, started: 2, ended: null, position: null, failure: null, health: null, ...more,
    progress: {
      step: 40, totalSteps: 66, epoch: 3, epochs: 6, phase: '', loss: 1.821, learningRate: 1e-4, tokensPerSecond: 100, totalTokens: 1000,
      remainingSeconds: 200, peakMemory: 1e9, scores: {}, bestCheckpoint: null, totals: {}, warnings: 0, seq: 10, ...progress,
    },
  }); // prettier-ignore

describe('a run in one line', () => {
  test.each([
    [run(), 'running · step 40 of 66 · 3 min 20 s left · loss 1.8210'],
    [run({}, { step: 0, totalSteps: 0, phase: 'loading the model', loss: null }), 'running · loading the model · 3 min 20 s left'],
    [run({ state: 'queued', position: 2 }, { step: 0, totalSteps: 0, loss: null }), 'queued · place 2'],
    [run({ state: 'done' }, { scores: { eval_loss: 0.0000123, accuracy: 1 } }), 'done · eval_loss 1.23e-5'],
    [run({ state: 'stopped' }, { remainingSeconds: null }), 'stopped · step 40 of 66 · loss 1.8210'],
  ])('%#', (summary, line) => {
    expect(runNode(summary).description).toBe(line);
  }); // prettier-ignore
});

/** Ids of commands that the tree offers for an item in the Runs view. */
function offered(viewItem: string): string[] {
  return Object.entries<CommandEntry>(commands).flatMap(([id, { menus = [] }]) => {
    const matches = menus.some(({ menu, when }) => menu === 'view/item/context' && when.split(' && ').every((term) => holds(term, viewItem))); // prettier-ignore
    return matches ? [id] : [];
  });
}

function holds(term: string, viewItem: string): boolean {
  const pattern = /^(viewItem|view) =~ \/(.*)\/$/.exec(term);
  if (pattern) return new RegExp(pattern[2] ?? '').test(pattern[1] === 'view' ? 'anneal.runs' : viewItem);
  const equal = /^(viewItem|view) == '?([^']*)'?$/.exec(term);
  if (equal) return equal[2] === (equal[1] === 'view' ? 'anneal.runs' : viewItem);
  return false;
}

describe('what can be done with it', () => {
  test.each([
    ['running', ['anneal.stopRun'], ['anneal.resumeRun', 'anneal.deleteRun']],
    ['queued', ['anneal.stopRun'], ['anneal.resumeRun', 'anneal.deleteRun']],
    ['done', ['anneal.deleteRun', 'anneal.cloneRun'], ['anneal.stopRun', 'anneal.resumeRun']],
    ['stopped', ['anneal.resumeRun', 'anneal.deleteRun'], ['anneal.stopRun']],
    ['failed', ['anneal.resumeRun', 'anneal.deleteRun'], ['anneal.stopRun']],
  ] as const)('%s', (state, can, cannot) => {
    const found = offered(runNode(run({ state })).context);
    expect(found).toEqual(expect.arrayContaining([...can, 'anneal.showRun', 'anneal.showRunLog']));
    expect(found.filter((id) => (cannot as readonly string[]).includes(id))).toEqual([]);
  });

  test("a run of LLaMA-Factory's can be looked at only", () => {
    const found = offered(runNode(run({ state: 'failed', source: 'llama-factory' })).context);
    expect(found).not.toContain('anneal.resumeRun');
    expect(found).not.toContain('anneal.cloneRun');
  });

  test('every state has an icon of its own', () => {
    expect(new Set(runStates.map((state) => runNode(run({ state })).icon)).size).toBe(runStates.length);
  });
});

test('checkpoints say their scores, and whether a run can go on from them', () => {
  const checkpoint = { step: 22, path: '/out/checkpoint-22', bytes: 18e6, scores: { eval_loss: 1.5 }, best: true, resumable: true };
  const node = checkpointNode('a', checkpoint);
  expect(node.description).toBe('best · eval_loss 1.5000 · 18 MB');
  expect(offered(node.context)).toEqual(expect.arrayContaining(['anneal.resumeRun', 'anneal.revealPath']));
  expect(offered(checkpointNode('a', { ...checkpoint, resumable: false }).context)).not.toContain('anneal.resumeRun');
}); // prettier-ignore

describe('the list', () => {
  const changes: RunChange[] = [];
  const list = new RunList();
  list.onChange((change) => changes.push(change));

  test('newest first, folded from the feed', () => {
    list.replace([run({ id: 'a', created: 1 }), run({ id: 'b', created: 2, state: 'done' })]);
    list.apply({ type: 'run', run: run({ id: 'c', created: 3, state: 'queued' }) });
    expect(list.all.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(list.active.map(({ id }) => id)).toEqual(['a']);
    list.apply({ type: 'run-removed', id: 'c' });
    list.apply({ type: 'run-removed', id: 'never' });
    expect(list.all.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('an end that was missed while nobody looked is told once, as one that was seen', () => {
    changes.length = 0;
    list.replace([run({ id: 'a', state: 'failed' }), run({ id: 'b', created: 2, state: 'done' })]);
    list.replace([run({ id: 'a', state: 'failed' }), run({ id: 'b', created: 2, state: 'done' })]);
    expect(changes.flatMap((change) => endedRun(change)?.id ?? [])).toEqual(['a']);
  });

  test('a run that was stopped by hand needs no notification', () => {
    expect(endedRun({ before: run(), after: run({ state: 'stopped' }) })).toBeUndefined();
    expect(endedRun({ before: undefined, after: run({ state: 'done' }) })).toBeUndefined();
    expect(endedRun({ before: run({ state: 'done' }), after: run({ state: 'done' }) })).toBeUndefined();
  });
});

test('the status bar tells of the run that was started last', () => {
  expect(activityText([])).toBe('');
  expect(activityText([run(), run({ id: 'b' })])).toBe('captain 60% · 3 min 20 s · 1 more');
  expect(activityText([run({ state: 'stopping' })])).toBe('captain 60% · stopping');
});
