// A folder of rows with all that a dataset view must bear, and recipes that render them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldens } from '../cli/command.ts';

const turn = (from: string, value: string): object => ({ from, value });

/** Rows by number: 3 has two questions in a row, 5 an answer that is none, 7 text that must not become markup, 9 what cannot be seen. */
export function chatRows(count = 120): string[] {
  return Array.from({ length: count }, (_, i) => {
    const question = `Question ${i}: what does plan ${String.fromCharCode(65 + (i % 26))} cost?`;
    const answer = `Plan ${String.fromCharCode(65 + (i % 26))} costs ${i} a month.${' It is billed at the end of each month.'.repeat(i % 12 === 11 ? 9 : 0)}`;
    const conversations = [turn('human', question), turn('gpt', answer)];
    if (i === 3) conversations.splice(1, 0, turn('human', 'And now?'));
    if (i === 5) conversations[1] = turn('gpt', '');
    if (i === 7) conversations[0] = turn('human', '<img src=x onerror="document.title=\'bad\'"><script>document.title="bad"</script> & <b>bold</b>'); // prettier-ignore
    if (i === 9) conversations[0] = turn('human', 'pay\u202e dnuos \u2066x\u2069 zero\u200bwidth bell\u0007');
    if (i === 20) return JSON.stringify({ conversations: [turn('human', 'Question 19: what does plan T cost?'), turn('gpt', 'Plan T costs 19 a month.')] }); // prettier-ignore
    return JSON.stringify({ conversations });
  });
}

export interface Workspace {
  readonly folder: string;
  readonly recipe: string;
  readonly data: (name: string) => string;
}

export function writeWorkspace(folder: string): Workspace {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(data, name), text);
  write('chat.jsonl', `${chatRows().join('\n')}\n`);
  write('other.jsonl', '{"instruction": "a", "output": "b"}\n');
  write('long.jsonl', `${JSON.stringify({ conversations: [turn('human', 'Tell me all.'), turn('gpt', 'All of it, '.repeat(2500))] })}\n`); // prettier-ignore
  write('empty.jsonl', '');
  write('broken.json', '[{"instruction": "a"} {"instruction": "b"}]');
  const sharegpt = { formatting: 'sharegpt' };
  write('dataset_info.json', JSON.stringify({ chat: { file_name: 'chat.jsonl', ...sharegpt }, other: { file_name: 'other.jsonl' }, long: { file_name: 'long.jsonl', ...sharegpt } })); // prettier-ignore
  const recipe = join(folder, 'recipe.yaml');
  writeFileSync(
    recipe,
    `model_name_or_path: ${join(goldens, 'models/llama')}\nstage: sft\ndo_train: true\nfinetuning_type: lora\ntemplate: chatml\ndataset_dir: data\ndataset: chat, other, long\ncutoff_len: 120\noutput_dir: out\n`,
  );
  return { folder, recipe, data: (name) => join(data, name) };
}
