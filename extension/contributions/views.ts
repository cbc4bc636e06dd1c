// The Anneal container, its views and what they say while they are empty; editors for files of rows; tasks; the walkthrough.

export const container = { id: 'anneal', title: 'Anneal', icon: 'media/anneal.svg' } as const;

export const views = {
  'anneal.runs': { name: 'Runs', icon: 'media/anneal.svg' },
  'anneal.datasets': { name: 'Datasets', icon: 'media/anneal.svg' },
  'anneal.models': { name: 'Models', icon: 'media/anneal.svg' },
} as const;

interface Welcome {
  readonly view: keyof typeof views;
  /** Lines; what is [in brackets](command:…) becomes a button. */
  readonly contents: string;
  readonly when: string;
}

export const welcomes: readonly Welcome[] = [
  {
    view: 'anneal.runs',
    when: 'isWorkspaceTrusted && anneal.daemon == connected',
    contents:
      'No runs yet. A recipe says which model learns what from which data.\n[New Recipe…](command:anneal.newRecipe)\n[Open the Example…](command:anneal.openExample)',
  },
  {
    view: 'anneal.runs',
    when: 'isWorkspaceTrusted && anneal.daemon != connected',
    contents:
      'The daemon that runs recipes does not run now.\n[Start Daemon](command:anneal.startDaemon)\n[Show Daemon Log](command:anneal.showDaemonLog)',
  },
  {
    view: 'anneal.runs',
    when: '!isWorkspaceTrusted',
    contents:
      'Nothing is started in a workspace that you do not trust. Recipes and data can be looked at.\n[Manage Trust](command:workbench.trust.manage)',
  },
  {
    view: 'anneal.datasets',
    when: 'true',
    contents:
      'Data sets are listed in a file dataset_info.json; none was found in the folders that are open.\n[New Recipe…](command:anneal.newRecipe)\n[Open the Example…](command:anneal.openExample)',
  },
  {
    view: 'anneal.models',
    when: 'isWorkspaceTrusted && anneal.daemon == connected',
    contents:
      'No models, adapters or checkpoints were found in the folders that are open, nor in the cache of Hugging Face.\n[Look Again](command:anneal.refreshModels)',
  },
  {
    view: 'anneal.models',
    when: 'isWorkspaceTrusted && anneal.daemon != connected',
    contents: 'The daemon that looks for models does not run now.\n[Start Daemon](command:anneal.startDaemon)',
  },
  {
    view: 'anneal.models',
    when: '!isWorkspaceTrusted',
    contents:
      'Nothing is started in a workspace that you do not trust.\n[Manage Trust](command:workbench.trust.manage)',
  },
];

/** `pattern`s of files whose rows the dataset view shows in place of a text; `option`: where the person asks for it. */
export const editors = [
  { viewType: 'anneal.rows', name: 'Anneal Rows', patterns: ['*.parquet', '*.arrow'], priority: 'default' },
  { viewType: 'anneal.textRows', name: 'Anneal Rows', patterns: ['*.jsonl', '*.jsonl.gz', '*.csv', '*.tsv'], priority: 'option' },
] as const; // prettier-ignore

/** Panels that are restored after a reload; by the folders of webviews/. */
export const restoredPanels = ['run', 'dataset', 'compare'] as const;

interface Step {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What ends the step. */
  readonly done: readonly string[];
}

export const walkthrough = {
  id: 'start',
  title: 'Train a model in five minutes',
  description: 'From a recipe to a trained model and its loss curve, with a model that is small enough for any laptop.',
  steps: [
    {
      id: 'open',
      title: 'Open the example',
      text: 'A folder with a tiny model, 110 questions with answers, and the recipe that teaches the one from the other.\n[Open the Example…](command:anneal.openExample)',
      done: ['onCommand:anneal.openExample'],
    },
    {
      id: 'recipe',
      title: 'Read the recipe',
      text: 'Each line says what it costs and does; what is wrong is underlined, with the fix beside it. Try it: write lora_rnk for lora_rank.\n[Go to the Recipe](command:workbench.action.quickOpen?%22captain.yaml%22)',
      done: ['onContext:anneal.activeDocument == recipe'],
    },
    {
      id: 'data',
      title: 'See what the model will learn',
      text: 'Rows as conversations, as the text that the model reads, and as tokens: which are trained, which are not, and why.\n[Preview Dataset](command:anneal.previewData)',
      done: ['onCommand:anneal.previewData'],
    },
    {
      id: 'run',
      title: 'Run it',
      text: 'It takes some seconds. The panel shows loss, speed and memory as the run goes on, and what the model answered before and after.\n[Run Recipe](command:anneal.run)',
      done: ['onCommand:anneal.run'],
    },
    {
      id: 'own',
      title: 'Write a recipe of your own',
      text: 'Choose a goal, a model and data; the rest has defaults that are explained where they stand.\n[New Recipe…](command:anneal.newRecipe)',
      done: ['onCommand:anneal.newRecipe'],
    },
  ] satisfies readonly Step[],
} as const;
