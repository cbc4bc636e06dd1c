// Verbs of the command line and what they have in common: options, help, errors, exit statuses.
import { UserError } from '../errors.ts';
import { chosenLanguage, speak } from '../language.ts';
import { nearest } from '../recipe/suggest.ts';
import { check } from './check.ts';
import { daemon } from './daemon.ts';
import { env, version } from './env.ts';
import { estimate } from './estimate.ts';
import { help } from './help.ts';
import { logs } from './logs.ts';
import { preview } from './preview.ts';
import { resume, runs, stop } from './runs.ts';
import { track } from './track.ts';
import { train } from './train.ts';

/** Options are words that begin with --; everything else is a file or key=value. */
export interface Arguments {
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string | true>;
}

export type Verb = (args: Arguments) => Promise<number>;

export const verbs: Readonly<Record<string, Verb>> = {
  train,
  check,
  preview,
  estimate,
  daemon,
  runs,
  logs,
  stop,
  resume,
  track,
  env,
  version,
  help,
};

/** Options that take a value. */
const valued = new Set(['--dataset', '--row', '--rows', '--command', '--lang', '--format', '--checkpoint']);
const plain = new Set([
  '--json', '--debug', '--help', '--detach', '--follow', '--now', '--stats', '--all', '--fix',
]); // prettier-ignore

/** Throws UserError for an option that does not exist. */
export function parseArguments(words: readonly string[]): Arguments {
  const rest: string[] = [];
  const flags = new Map<string, string | true>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const [name = word, inline] = word.split(/=(.*)/s);
    if (!word.startsWith('--')) rest.push(word);
    else if (valued.has(name)) {
      const value = inline ?? words[++i];
      if (value === undefined) throw new UserError('usage', `${name} needs a value.`);
      flags.set(name, value);
    } else if (plain.has(word)) flags.set(word, true);
    else {
      const close = nearest(name, [...valued, ...plain]);
      throw new UserError(
        'usage',
        `There is no option ${name}${close ? `; did you mean ${close}?` : '.'} Recipe keys are written key=value.`,
      );
    }
  }
  return { words: rest, flags };
}

/** Runs a command line; returns its exit status: 0 done, 1 the run failed, 2 wrong arguments, 130 interrupted. */
export async function run(words: readonly string[]): Promise<number> {
  const old = tooOld(process.versions.node);
  if (old !== undefined) {
    console.error(old);
    return 2;
  }
  let debug = words.includes('--debug');
  try {
    const [first = 'help', ...rest] = words;
    const name = first === '--version' ? 'version' : first.startsWith('-') ? 'help' : first;
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (!verb) {
      const close = nearest(name, Object.keys(verbs));
      throw new UserError(
        'usage',
        `There is no verb "${name}"${close ? `; did you mean "anneal ${close}"?` : '.'} "anneal help" lists them.`,
      );
    }
    const args = parseArguments(rest);
    debug = args.flags.has('--debug');
    speak(chosenLanguage(args.flags.get('--lang') as string | undefined, process.env));
    if (args.flags.has('--help')) return await help({ words: [name], flags: new Map() });
    return await verb(args);
  } catch (error) {
    const known = error instanceof UserError;
    console.error(
      known
        ? error.message
        : `Anneal has a bug: ${(error as Error).message}. Please report it with the output of "anneal env".`,
    );
    if (debug) console.error((error as Error).stack);
    return known ? error.status : 1;
  }
}

/** What to say where Node is older than the oldest that works. */
function tooOld(node: string): string | undefined {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const fine = major > 22 || (major === 22 && minor >= 13);
  return fine
    ? undefined
    : `Anneal needs Node 22.13 or newer, and this is ${node}: install it from nodejs.org, or run "npm install node@24" beside it.`;
}
