// A process beside the language server for what takes time: counting, tokenising and checking all rows. It does one task after
// another and ends when the server does.
import { languageOf, speak } from '../daemon/language.ts';
import type { DataReply, DataRequest } from './data-tasks.ts';
import { perform } from './perform.ts';

speak(languageOf(process.argv[2] ?? 'en'));

let last: Promise<void> = Promise.resolve();

process.on('message', (message: DataRequest) => {
  last = last.then(async () => {
    // what cannot be read has findings elsewhere: here there is just no answer
    const answer = await perform(message.task).catch(() => undefined);
    const reply: DataReply = { id: message.id, ...(answer === undefined ? {} : { answer }) };
    process.send?.(reply);
  });
});
process.on('disconnect', () => process.exit());
