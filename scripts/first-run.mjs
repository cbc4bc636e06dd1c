// npm run first-run: trains the embedded model on the captain's rows and shows its answers before and after.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../examples/small-world', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
rmSync(`${folder}/output/captain`, { recursive: true, force: true });

console.log(
  '\nA small model knows about animals and numbers. It is taught to answer like a captain (examples/small-world/captain.yaml).\n',
);
const child = spawn(process.execPath, [cli, 'train', 'captain.yaml', '--json'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const before = new Map();
const after = new Map();
let end;
for await (const line of createInterface({ input: child.stdout })) {
  const event = JSON.parse(line);
  if (event.type === 'start')
    console.log(
      `  ${event.examples} rows, ${event.totalSteps} steps, ${event.trainableParameters.toLocaleString('en')} of ${event.parameters.toLocaleString('en')} parameters trained\n`,
    );
  if (event.type === 'step' && (event.step === 1 || event.step % 11 === 0)) {
    const filled = Math.round((event.step / event.totalSteps) * 24);
    console.log(
      `  ${'█'.repeat(filled)}${'░'.repeat(24 - filled)} step ${String(event.step).padStart(3)}/${event.totalSteps}  loss ${event.loss.toFixed(3)}  ${event.tokensPerSecond.toFixed(0)} tokens/s`,
    );
  }
  if (event.type === 'sample') (event.step === 0 ? before : after).set(event.prompt, event.text.trim());
  if (event.type === 'end') end = event;
}
const status = await new Promise((resolve) =>
  child.exitCode === null ? child.on('exit', resolve) : resolve(child.exitCode),
);
if (status !== 0 || end?.state !== 'done') {
  console.error(
    `The first run did not end well (status ${status}): run "node dist/cli.js train captain.yaml --debug" in examples/small-world to see why.`,
  );
  process.exit(status || 1);
}
const width = Math.max(...[...before.keys()].map((question) => question.length));
const middle = Math.max(...[...before.values()].map((answer) => answer.length), 6);
console.log(`\n  ${'asked'.padEnd(width)}  ${'before'.padEnd(middle)}  after`);
for (const [question, answer] of before)
  console.log(`  ${question.padEnd(width)}  ${answer.padEnd(middle)}  ${after.get(question) ?? ''}`);
console.log(`
Trained in ${Math.round(end.metrics.train_runtime)} s. The questions are not among the rows it was trained on.

What to open next:
  examples/small-world/captain.yaml                        the recipe: change something and run it again
  examples/small-world/output/captain/training_loss.png    how the loss fell
  node dist/cli.js preview examples/small-world/captain.yaml dataset_dir=examples/small-world/data model_name_or_path=examples/small-world/model
                                                           rows as the model sees them, trained tokens marked
  node dist/cli.js help                                    what else there is
`);
