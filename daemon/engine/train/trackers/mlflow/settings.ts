// Where MLflow is and what the run is called there: from the environment, by the names that MLflow and transformers read.
// Source: transformers 5.6, integration_utils.py (MLflowCallback); MLflow, environment_variables.py.
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../../../errors.ts';
import type { TrackedRun } from '../tracker.ts';
import { MlflowFolder } from './folder.ts';
import { MlflowServer, type ServerAddress } from './server.ts';
import type { MlflowStore, MlflowText } from './store.ts';

export interface MlflowSettings {
  readonly tracker: 'mlflow';
  /** A server, or a folder. */
  readonly to: ServerAddress | { readonly folder: string };
  readonly experiment: string;
  /** A run that is there already; null: a new one. */
  readonly run: string | null;
  readonly user: string;
  readonly tags: readonly MlflowText[];
  readonly flatten: boolean;
  readonly mostParameters: number;
}

export const storeOf = ({ to }: MlflowSettings): MlflowStore =>
  'folder' in to ? new MlflowFolder(to.folder) : new MlflowServer(to);

const yes = (value: string | undefined): boolean => /^(1|ON|YES|TRUE)$/i.test(value ?? '');

/** Throws UserError for an address of a kind that Anneal does not write to. */
export function mlflowSettings(
  { workingDirectory }: Pick<TrackedRun, 'workingDirectory'>,
  environment: NodeJS.ProcessEnv,
): MlflowSettings {
  const most = environment['MLFLOW_MAX_LOG_PARAMS'] ?? '';
  return {
    tracker: 'mlflow',
    to: addressOf(environment, workingDirectory),
    experiment: environment['MLFLOW_EXPERIMENT_NAME'] ?? 'Default',
    run: environment['MLFLOW_RUN_ID'] ?? null,
    user: userName(),
    tags: tagsOf(environment['MLFLOW_TAGS']),
    flatten: yes(environment['MLFLOW_FLATTEN_PARAMS']),
    mostParameters: /^\d+$/.test(most) ? Number(most) : Number.POSITIVE_INFINITY,
  };
}

function addressOf(environment: NodeJS.ProcessEnv, workingDirectory: string): MlflowSettings['to'] {
  const uri = environment['MLFLOW_TRACKING_URI'] ?? '';
  if (/^https?:\/\//i.test(uri)) return serverAt(uri, environment);
  if (/^file:/i.test(uri)) return { folder: uri.startsWith('file:///') ? fileURLToPath(uri) : resolve(workingDirectory, uri.slice(5)) }; // prettier-ignore
  // a letter alone is a drive
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1];
  if (scheme !== undefined) {
    throw new UserError(
      'tracker-address',
      `MLFLOW_TRACKING_URI is a ${scheme} address, and Anneal writes to MLflow servers (http://…) and folders: run "mlflow server --backend-store-uri …" in front of it, or set a folder.`,
    );
  }
  return { folder: resolve(workingDirectory, uri === '' ? 'mlruns' : uri) };
}

function serverAt(uri: string, environment: NodeJS.ProcessEnv): ServerAddress {
  if (!URL.canParse(uri))
    throw new UserError('tracker-address', 'MLFLOW_TRACKING_URI is no valid address: write http://HOST:PORT.');
  const url = new URL(uri);
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user = decodeURIComponent(url.username),
    MLFLOW_TRACKING_PASSWORD: password = decodeURIComponent(url.password),
  } = environment;
  // neither belongs into anything that is shown
  url.username = '';
  url.password = '';
  url.search = '';
  const basic = user === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return { url: url.href.replace(/\/+$/, ''), authorization: token ? `Bearer ${token}` : basic };
}

function tagsOf(text: string | undefined): MlflowText[] {
  if (text === undefined || text === '') return [];
  try {
    return Object.entries(z.record(z.string(), z.unknown()).parse(JSON.parse(text))).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    }));
  } catch {
    throw new UserError('tracker-tags', 'MLFLOW_TAGS is no JSON object: write {"name": "value"}.');
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // a container whose user has no name
    return 'unknown';
  }
}
