// All settings of the extension, as the manifest and the code know them.

interface Setting<Value> {
  readonly description: string;
  readonly default: Value;
  /** JSON Schema of the value, beside its default. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** One sentence for each choice. */
  readonly choices?: readonly string[];
  /** machine: may not come with a workspace, since it says where files are read and written. */
  readonly scope?: 'machine' | 'resource' | 'window';
}

const setting = <Value>(entry: Setting<Value>): Setting<Value> => entry;

export const settings = {
  'anneal.recipes': setting<readonly string[]>({
    description: 'Globs of YAML files, relative to their workspace folder, that are recipes whatever is in them.',
    default: [],
    schema: { type: 'array', items: { type: 'string' } },
    scope: 'resource',
  }),
  'anneal.home': setting<string>({
    description: 'The folder in which the daemon keeps its lease, token and runs. Empty: ANNEAL_HOME, else .anneal in your home folder.',
    default: '',
    schema: { type: 'string' },
    scope: 'machine',
  }),
  'anneal.openRunPanel': setting<boolean>({
    description: 'Open the panel of a run when it is started.',
    default: true,
    schema: { type: 'boolean' },
  }),
  'anneal.notifyAtEnd': setting<'always' | 'unlessShown' | 'failures' | 'never'>({
    description: 'When the end of a run is told by a notification.',
    default: 'unlessShown',
    schema: { type: 'string', enum: ['always', 'unlessShown', 'failures', 'never'] },
    choices: ['Whenever a run ends.', 'Unless you are looking at the panel of the run.', 'Only where a run has failed.', 'Never.'],
  }),
  'anneal.trace.server': setting<'off' | 'messages' | 'verbose'>({
    description: 'What the output channel of the language server tells of its messages.',
    default: 'off',
    schema: { type: 'string', enum: ['off', 'messages', 'verbose'] },
    choices: ['Nothing.', 'Which messages.', 'Messages with all that is in them.'],
  }),
} as const; // prettier-ignore

export type Settings = { readonly [Key in keyof typeof settings]: (typeof settings)[Key]['default'] };
