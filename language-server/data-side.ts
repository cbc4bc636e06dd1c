// What the session knows of data: looks at files, and what the data process has found out about whole ones.
import { basename, dirname, join, resolve } from 'node:path';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { CostFigures, DataFigures } from '../daemon/recipe/assist/hints.ts';
import type { TemplateVerdict } from '../daemon/data/template/template-finding.ts';
import { namesIn, type RecipeView } from '../daemon/recipe/assist/view.ts';
import { argumentOf, type Recipe } from '../daemon/recipe/recipe.ts';
import type { DataTask, RowsSummary } from './data-tasks.ts';
import type { Helper } from './helper.ts';
import { Looks } from './looks.ts';
import { stampOf } from './stamp.ts';

/** Milliseconds that a recipe must stay as it is before its data are tokenised: numbers are typed digit by digit. */
const REST = 400;

/** Keys that say how rows become tokens: another learning rate is no reason to tokenise anew. */
const isOfData = (key: string): boolean =>
  key === 'stage' || key === 'seed' || ['data', 'tokenizer', 'multimodal'].includes(argumentOf(key)?.group ?? '');

const ofData = (recipe: Recipe): Partial<Recipe> =>
  Object.fromEntries(Object.entries(recipe).filter(([key]) => isOfData(key))) as Partial<Recipe>;

/** Keys that say how a conversation becomes text. */
const textKeys = [
  'stage',
  'template',
  'mask_history',
  'train_on_prompt',
  'preserve_thinking',
  'enable_thinking',
  'default_system',
  'tool_format',
  'efficient_eos',
];

const ofText = (recipe: Recipe): Partial<Recipe> =>
  Object.fromEntries(Object.entries(recipe).filter(([key]) => textKeys.includes(key))) as Partial<Recipe>;

export class DataSide {
  readonly looks = new Looks();
  /** What reads data and writes templates; undefined until somebody needed it. */
  room: { templateExample(name: string): string | undefined } | undefined;
  readonly #helper: Helper | undefined;
  /** Of each recipe: what it waits to ask. */
  readonly #waiting = new Map<string, { readonly question: string; readonly timer: NodeJS.Timeout }>();

  /** Without a helper nothing is known that takes time. */
  constructor(helper: Helper | undefined) {
    this.#helper = helper;
  }

  /** The language of what the data process says: 'en' or 'zh-cn'. */
  speak(language: string): void {
    if (this.#helper) this.#helper.language = language;
  }

  async open(): Promise<void> {
    this.room ??= await import('./data-room.ts');
  }

  /** Rows of a file or folder; undefined until they have been counted. */
  rowCount(path: string): number | undefined {
    const stamp = stampOf(path);
    if (stamp === undefined) return undefined;
    return this.#helper?.ask({ kind: 'count', folder: dirname(path), file: basename(path) }, stamp);
  }

  /** What is wrong with the rows of an entry as a whole; undefined until they have been checked. */
  summary(
    infoFile: string,
    name: string,
    file: string,
    use: { stage: string | undefined; templateName: string | undefined; cutoffLength: number | undefined },
  ): RowsSummary | undefined {
    // prettier-ignore
    const stamp = stampOf(join(dirname(infoFile), file));
    if (stamp === undefined) return undefined;
    return this.#helper?.ask({ kind: 'lint', infoFile, name, ...use }, `${stamp} ${stampOf(infoFile)}`);
  }

  /** Tokens of a recipe's training data, where the model's tokenizer is here; undefined until they have been counted. */
  figures({ uri }: TextDocument, { recipe, given }: RecipeView, folder: string): DataFigures | undefined {
    const { model_name_or_path: model, stage } = recipe;
    if (!this.#helper || !model || (stage !== 'sft' && stage !== 'pt') || recipe.streaming) return undefined;
    const modelFolder = resolve(folder, model);
    const datasetDir = resolve(folder, recipe.dataset_dir);
    const known = ['tokenizer.json', 'tokenizer_config.json'].map((name) => stampOf(join(modelFolder, name)));
    if (known[0] === undefined || namesIn(recipe.dataset).length === 0) return undefined;
    const task: DataTask = {
      kind: 'figures',
      folder,
      modelFolder,
      recipe: ofData(recipe),
      given: [...given].filter((key) => isOfData(key)),
    };
    const state = [...known, stampOf(join(datasetDir, 'dataset_info.json')), stampOf(datasetDir)].join(' ');
    const answer = this.#helper.known(task, state);
    if (answer === undefined) this.#later(uri, JSON.stringify([task, state]), () => void this.#helper?.ask(task, state)); // prettier-ignore
    return answer;
  }

  /** What a run of the recipe as it stands will take, where its model and data are here; undefined until it has been reckoned. */
  cost(document: TextDocument, { recipe }: RecipeView, folder: string): CostFigures | undefined {
    const { model_name_or_path: model } = recipe;
    if (!this.#helper || !model || recipe.streaming || namesIn(recipe.dataset).length === 0) return undefined;
    const config = stampOf(join(resolve(folder, model), 'config.json'));
    const datasetDir = resolve(folder, recipe.dataset_dir);
    if (config === undefined) return undefined;
    const task: DataTask = { kind: 'cost', folder, text: document.getText() };
    const state = [config, stampOf(join(datasetDir, 'dataset_info.json')), stampOf(datasetDir)].join(' ');
    const answer = this.#helper.known(task, state);
    if (answer === undefined) this.#later(`${document.uri} cost`, JSON.stringify([task, state]), () => void this.#helper?.ask(task, state)); // prettier-ignore
    return answer;
  }

  /** Where the template of a recipe and its model's own differ; undefined until they have been compared, and where they agree. */
  templateVerdict(
    { recipe, given }: { readonly recipe: Recipe; readonly given: ReadonlySet<string> },
    folder: string,
  ): TemplateVerdict | undefined {
    const { model_name_or_path: model, stage, template } = recipe;
    if (!this.#helper || !model || !template || stage === 'pt') return undefined;
    const modelFolder = resolve(folder, model);
    const known = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'].map((name) =>
      stampOf(join(modelFolder, name)),
    );
    if (known[0] === undefined) return undefined;
    const task: DataTask = {
      kind: 'template',
      modelFolder,
      recipe: ofText(recipe),
      given: [...given].filter((key) => textKeys.includes(key)),
    };
    return this.#helper.ask(task, known.join(' ')) ?? undefined;
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#helper?.stop();
  }

  /** Another question about the same recipe takes the place of the one before. */
  #later(uri: string, question: string, work: () => void): void {
    const before = this.#waiting.get(uri);
    if (before?.question === question) return;
    clearTimeout(before?.timer);
    const timer = setTimeout(() => {
      this.#waiting.delete(uri);
      work();
    }, REST).unref();
    this.#waiting.set(uri, { question, timer });
  }
}
