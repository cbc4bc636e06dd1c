// Trackers that are sent to, by name: what each must know, and how it is reached.
import { MlflowDestination } from '../mlflow/destination.ts';
import { storeOf, type MlflowSettings } from '../mlflow/settings.ts';
import type { Destination } from './delivery.ts';

/** Plain data: it crosses to a thread. */
export type RemoteSettings = MlflowSettings;

export const destinationOf = (settings: RemoteSettings): Destination =>
  new MlflowDestination(settings, storeOf(settings));
