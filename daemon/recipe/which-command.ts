// Which command a recipe is for: what its first comment says, else what its keys make likely.
import { acceptedBy, commands, type Command } from './commands.ts';

/** "# llamafactory-cli export merge.yaml", with environment variables or a path in front. */
const callComment = /^\s*#.*?\b(?:llamafactory-cli|lmf|anneal)\s+(train|chat|api|webchat|export|eval)\b/;

export const isCommand = (word: string): word is Command => (commands as readonly string[]).includes(word);

export function whichCommand(text: string, keys: ReadonlySet<string>): Command {
  for (const line of text.split(/\r?\n|\r/)) {
    const found = callComment.exec(line)?.[1];
    if (found !== undefined && isCommand(found)) return found;
    if (/^\s*[^#\s]/.test(line)) break;
  }
  const has = (...names: readonly string[]): boolean => names.some((name) => keys.has(name));
  if (has('do_train', 'do_eval', 'do_predict')) return 'train';
  const training = [...keys].filter((key) => acceptedBy(key).length === 1 && acceptedBy(key)[0] === 'train').length;
  if (has('export_dir') && training <= 1) return 'export';
  if (has('task') && has('n_shot', 'batch_size', 'task_dir', 'save_dir', 'lang', 'download_mode') && training <= 1)
    return 'eval';
  // a recipe that names a model to talk to, and nothing to learn
  if (has('infer_backend') && training <= 1 && !has('dataset')) return 'chat';
  const talks = has('model_name_or_path') && has('template', 'adapter_name_or_path');
  return talks && training === 0 && !has('dataset', 'eval_dataset', 'stage') ? 'chat' : 'train';
}
