// The manifest's part of the tables: `contributes`, activation events, and the sentences of package.nls.*.json. Pure: the generator writes
// what this returns, a test compares it.
import { commands, type CommandEntry } from './commands.ts';
import { settings } from './settings.ts';
import { container, editors, restoredPanels, views, walkthrough, welcomes } from './views.ts';

/** Sentences by the keys under which the manifest names them. */
type Sentences = Record<string, string>;

interface Manifest {
  readonly contributes: Readonly<Record<string, unknown>>;
  readonly activationEvents: readonly string[];
  /** What is left where the workspace is not trusted, or lies on no disk. */
  readonly capabilities: object;
  /** English; package.nls.json. */
  readonly sentences: Sentences;
}

export function manifest(): Manifest {
  const sentences: Sentences = {};
  const say = (key: string, sentence: string): string => {
    sentences[key] = sentence;
    return `%${key}%`;
  };
  const contributes = {
    commands: commandEntries(say),
    menus: menus(),
    configuration: { title: 'Anneal', properties: properties(say) },
    viewsContainers: { activitybar: [container] },
    views: {
      [container.id]: Object.entries(views).map(([id, { name, icon }]) => ({ id, name: say(`view.${id}`, name), icon, contextualTitle: 'Anneal' })),
    },
    viewsWelcome: welcomes.map(({ view, when, contents }, i) => ({ view, when, contents: say(`welcome.${view}.${i}`, contents) })),
    customEditors: editors.map(({ viewType, name, patterns, priority }) => ({
      viewType,
      displayName: say('editor.rows', name),
      selector: patterns.map((filenamePattern) => ({ filenamePattern })),
      priority,
    })),
    walkthroughs: [walkthroughEntry(say)],
    taskDefinitions: [
      {
        type: 'anneal',
        required: ['verb', 'recipe'],
        properties: {
          verb: { type: 'string', enum: ['train', 'check'], description: say('task.verb', 'What is done with the recipe: train or check.') },
          recipe: { type: 'string', description: say('task.recipe', 'The recipe, relative to the workspace folder.') },
          overrides: { type: 'array', items: { type: 'string' }, description: say('task.overrides', 'Words key=value that are merged over the recipe.') },
        },
      },
    ],
    problemMatchers: [
      {
        name: 'anneal',
        owner: 'anneal-check',
        source: 'anneal',
        fileLocation: ['autoDetect', '${workspaceFolder}'],
        pattern: { regexp: '^(.+):(\\d+):(\\d+) (error|warning|info|hint) (\\S+) (.*)$', file: 1, line: 2, column: 3, severity: 4, code: 5, message: 6 },
      },
    ],
  }; // prettier-ignore
  const activationEvents = [
    'onLanguage:yaml',
    'onLanguage:json',
    'onLanguage:jsonl',
    'onTaskType:anneal',
    ...restoredPanels.map((name) => `onWebviewPanel:anneal.${name}`),
  ];
  const capabilities = {
    untrustedWorkspaces: {
      supported: 'limited',
      description: say('trust', 'Recipes and data can be looked at; nothing is started.'),
      restrictedConfigurations: ['anneal.home'],
    },
    virtualWorkspaces: {
      supported: false,
      description: say('virtual', 'Models, data and runs need files on a disk.'),
    },
  };
  return { contributes, activationEvents, capabilities, sentences };
}

type Say = (key: string, sentence: string) => string;

const commandTable: Readonly<Record<string, CommandEntry>> = commands;

function commandEntries(say: Say): object[] {
  return Object.entries(commandTable).map(([id, { title, icon, enablement }]) => ({
    command: id,
    title: say(`command.${id}`, title),
    category: 'Anneal',
    ...(icon === undefined ? {} : { icon: `$(${icon})` }),
    ...(enablement === undefined ? {} : { enablement }),
  }));
}

function menus(): Record<string, object[]> {
  const made: Record<string, object[]> = {
    commandPalette: Object.entries(commandTable).flatMap(([id, { palette }]) =>
      palette === true ? [] : [{ command: id, when: palette === false ? 'false' : palette }],
    ),
  };
  for (const [id, { menus: places = [] }] of Object.entries(commandTable))
    for (const { menu, when, group } of places) (made[menu] ??= []).push({ command: id, when, group });
  return made;
}

function properties(say: Say): Record<string, object> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, entry]) => [
      key,
      {
        ...entry.schema,
        default: entry.default,
        scope: entry.scope ?? 'window',
        description: say(`setting.${key}`, entry.description),
        ...(entry.choices === undefined ? {} : { enumDescriptions: entry.choices.map((choice, i) => say(`setting.${key}.${i}`, choice)) }), // prettier-ignore
      },
    ]),
  );
}

function walkthroughEntry(say: Say): object {
  const { id, title, description, steps } = walkthrough;
  return {
    id,
    title: say('walkthrough.title', title),
    description: say('walkthrough.description', description),
    steps: steps.map((step) => ({
      id: step.id,
      title: say(`walkthrough.${step.id}.title`, step.title),
      description: say(`walkthrough.${step.id}.text`, step.text),
      media: { markdown: `media/walkthrough/${step.id}.md` },
      completionEvents: step.done,
    })),
  };
}
