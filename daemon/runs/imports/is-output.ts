// Which folders LLaMA-Factory has trained into: by the files that it leaves there.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const STATE = 'trainer_state.json';
export const LOG = 'trainer_log.jsonl';

export const isOutput = (folder: string): boolean => [STATE, LOG].some((name) => existsSync(join(folder, name)));
