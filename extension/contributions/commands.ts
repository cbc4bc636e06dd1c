// All commands: what they are called, what they take, where they are offered. The manifest, its translations and the types of their handlers
// come from this table.
import type { z } from 'zod';
import {
  checkpointTarget,
  cloneTarget,
  documentTarget,
  nothing,
  pathTarget,
  runsTarget,
  runTarget,
} from './protocol.ts';

export interface MenuPlace {
  readonly menu: 'editor/title' | 'editor/title/run' | 'explorer/context' | 'view/title' | 'view/item/context';
  readonly when: string;
  readonly group: string;
}

export interface CommandEntry<Target = unknown> {
  readonly title: string;
  /** A codicon. */
  readonly icon?: string;
  /** What it takes; it is asked for where the command is called without. */
  readonly target: z.ZodType<Target>;
  /** When the palette offers it; false: never. */
  readonly palette: string | boolean;
  readonly enablement?: string;
  readonly menus?: readonly MenuPlace[];
  readonly key?: { readonly key: string; readonly mac?: string; readonly when: string };
}

const command = <Target>(entry: CommandEntry<Target>): CommandEntry<Target> => entry;

const rowsFile = 'resourceExtname =~ /^\\.(jsonl|ndjson|parquet|arrow)$/';
// by the file of the menu, not by what has the focus: a panel beside the recipe takes nothing from it
const recipeFile = 'resourcePath in anneal.recipes';
const hasRows = `${recipeFile} || resourceFilename == dataset_info.json`;
const inRuns = 'view == anneal.runs';
const ofRun = (states: string): string => `${inRuns} && viewItem =~ /^run (${states})/`;
const ended = 'done|stopped|failed';

export const commands = {
  'anneal.newRecipe': command({
    title: 'New Recipe…',
    icon: 'new-file',
    target: nothing,
    palette: true,
    menus: [{ menu: 'view/title', when: inRuns, group: 'navigation@1' }],
  }),
  'anneal.run': command({
    title: 'Run Recipe',
    icon: 'play',
    target: documentTarget,
    palette: true,
    menus: [
      { menu: 'editor/title', when: recipeFile, group: 'navigation@1' },
      { menu: 'explorer/context', when: recipeFile, group: 'anneal@1' },
    ],
  }),
  'anneal.previewData': command({
    title: 'Preview Dataset',
    icon: 'open-preview',
    target: documentTarget,
    palette: true,
    menus: [
      { menu: 'editor/title', when: hasRows, group: 'navigation@2' },
      { menu: 'editor/title', when: rowsFile, group: 'navigation@2' },
      { menu: 'explorer/context', when: recipeFile, group: 'anneal@2' },
      { menu: 'explorer/context', when: rowsFile, group: 'anneal@2' },
      { menu: 'view/item/context', when: 'view == anneal.datasets && viewItem == dataset', group: 'inline@1' },
    ],
  }),
  'anneal.estimate': command({
    title: 'Estimate Memory and Time',
    icon: 'dashboard',
    target: documentTarget,
    palette: true,
    menus: [{ menu: 'explorer/context', when: recipeFile, group: 'anneal@3' }],
  }),
  'anneal.showRun': command({
    title: 'Open Run',
    icon: 'graph-line',
    target: runTarget,
    palette: true,
    menus: [{ menu: 'view/item/context', when: ofRun('.*'), group: 'anneal@1' }],
  }),
  'anneal.stopRun': command({
    title: 'Stop Run',
    icon: 'debug-stop',
    target: runTarget,
    palette: 'anneal.active',
    menus: [{ menu: 'view/item/context', when: ofRun('running|queued'), group: 'inline@1' }],
  }),
  'anneal.resumeRun': command({
    title: 'Resume Run',
    icon: 'debug-continue',
    target: checkpointTarget,
    palette: 'anneal.hasRuns',
    menus: [
      { menu: 'view/item/context', when: `${ofRun('stopped|failed')} && viewItem =~ / own/`, group: 'inline@1' },
      { menu: 'view/item/context', when: `${inRuns} && viewItem == 'checkpoint resumable'`, group: 'inline@1' },
    ],
  }),
  'anneal.cloneRun': command({
    title: 'Run Again with Changes…',
    icon: 'copy',
    target: cloneTarget,
    palette: 'anneal.hasRuns',
    menus: [{ menu: 'view/item/context', when: `${ofRun('.*')} && viewItem =~ / own/`, group: 'anneal@2' }],
  }),
  'anneal.compareRuns': command({
    title: 'Compare Runs…',
    icon: 'git-compare',
    target: runsTarget,
    palette: 'anneal.hasRuns',
    menus: [
      { menu: 'view/title', when: `${inRuns} && anneal.hasRuns`, group: 'navigation@2' },
      { menu: 'view/item/context', when: `${ofRun('.*')} && listMultiSelection`, group: 'anneal@3' },
    ],
  }),
  'anneal.showRunLog': command({
    title: 'Show Log',
    icon: 'output',
    target: runTarget,
    palette: 'anneal.hasRuns',
    menus: [{ menu: 'view/item/context', when: ofRun('.*'), group: 'anneal@4' }],
  }),
  'anneal.openOutputFolder': command({
    title: 'Open Output Folder',
    icon: 'folder-opened',
    target: runTarget,
    palette: 'anneal.hasRuns',
    menus: [{ menu: 'view/item/context', when: ofRun('.*'), group: 'anneal@5' }],
  }),
  'anneal.revealPath': command({
    title: 'Reveal in Explorer',
    icon: 'folder-opened',
    target: pathTarget,
    palette: false,
    menus: [
      { menu: 'view/item/context', when: 'view =~ /^anneal/ && viewItem =~ /^(checkpoint|model|adapter)/', group: 'inline@2' },
    ],
  }),
  'anneal.deleteRun': command({
    title: 'Delete Run',
    icon: 'trash',
    target: runTarget,
    palette: 'anneal.hasRuns',
    menus: [{ menu: 'view/item/context', when: ofRun(ended), group: 'zz@1' }],
  }),
  'anneal.openDatasetInfo': command({
    title: 'Go to Entry',
    icon: 'go-to-file',
    target: documentTarget,
    palette: false,
    menus: [{ menu: 'view/item/context', when: 'view == anneal.datasets && viewItem == dataset', group: 'anneal@1' }],
  }),
  'anneal.openExample': command({ title: 'Open the Example…', icon: 'beaker', target: nothing, palette: true }),
  'anneal.refreshModels': command({
    title: 'Look for Models Again',
    icon: 'refresh',
    target: nothing,
    palette: false,
    menus: [{ menu: 'view/title', when: 'view == anneal.models', group: 'navigation@1' }],
  }),
  'anneal.copyDiagnostics': command({ title: 'Copy Diagnostics', icon: 'clippy', target: nothing, palette: true }),
  'anneal.restartLanguageServer': command({ title: 'Restart Language Server', target: nothing, palette: true }),
  'anneal.startDaemon': command({ title: 'Start Daemon', target: nothing, palette: 'anneal.daemon != connected' }),
  'anneal.stopDaemon': command({ title: 'Stop Daemon', target: nothing, palette: true }),
  'anneal.restartDaemon': command({ title: 'Restart Daemon', target: nothing, palette: true }),
  'anneal.showDaemonLog': command({ title: 'Show Daemon Log', target: nothing, palette: true }),
} as const; // prettier-ignore

export type Commands = typeof commands;
export type CommandId = keyof Commands;
/** What a command takes; undefined where whoever calls it leaves the choice to the person. */
export type TargetOf<Id extends CommandId> = z.output<Commands[Id]['target']>;
