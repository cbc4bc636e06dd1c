// The `anneal` command: finds the verb, runs it, turns errors into one sentence and an exit status.
import { run } from './cli/main.ts';

process.exitCode = await run(process.argv.slice(2));
