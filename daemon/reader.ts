// Reads recipes and data for the daemon, in a process of its own: a file of gigabytes does not keep the daemon from answering,
// and one that brings a parser down brings down nothing else. Ends with the daemon.
import { writtenDate } from './data/written-date.ts';
import { UserError } from './errors.ts';
import { readerRequest, type ReaderReply } from './server/reader/messages.ts';
import { answer } from './server/reader/methods.ts';
import { Previews } from './server/reader/previews.ts';
import { Views } from './server/reader/views.ts';

const today = (): string => writtenDate(new Date());
const previews = new Previews(today);
const views = new Views(today);

const reply = (message: ReaderReply): void => void process.send?.(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (message: unknown) => {
  const request = readerRequest.parse(message);
  const { id } = request;
  answer(request, previews, views).then(
    (result) => reply({ id, result }),
    (error: unknown) => {
      if (error instanceof UserError)
        reply({ id, error: { code: error.code, message: error.message, status: error.status } }); // prettier-ignore
      else {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        const sentence = `The data could not be read: ${(error as Error).message}. Please report it with the daemon's log.`;
        reply({ id, error: { code: 'reader-bug', message: sentence, status: 1 } });
      }
    },
  );
});
