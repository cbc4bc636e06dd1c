// Numbers as people read them, in the language of the window: 1,140 · 0.842 · 1.61e-4 · 18 MB · 2 h 06 min.
import * as l10n from '@vscode/l10n';

const language = (): string => document.documentElement.lang || 'en';

/** Made once: making a formatter takes far longer than using it, and a frame uses hundreds. The language never changes in a page. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const whole = once(() => new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }));
const significant = once(() => new Intl.NumberFormat(language(), { maximumSignificantDigits: 4 }));
const oneDigit = once(() => new Intl.NumberFormat(language(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
const timeOfDay = once(
  () => new Intl.DateTimeFormat(language(), { hour12: false, hour: '2-digit', minute: '2-digit', second: '2-digit' }),
);
const dateAndTime = once(() => new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }));

export const formatCount = (value: number): string => whole().format(value);

/** Four significant digits; small and large ones with an exponent. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2).replace(/\.?0*e\+?/, 'e');
  if (size >= 1000) return formatCount(value);
  return significant().format(value);
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, as the sizes of models are told. */
export function formatBytes(bytes: number): string {
  const power = Math.max(0, Math.min(sizes.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const scaled = bytes / 1000 ** power;
  return `${(power === 0 || scaled >= 10 ? whole() : oneDigit()).format(scaled)} ${sizes[power]}`;
}

/** 2 h 06 min, 3 min 20 s, 12 s; from seconds. */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours >= 48) return l10n.t('{0} d {1} h', Math.floor(hours / 24), hours % 24);
  if (hours > 0) return l10n.t('{0} h {1} min', hours, two(minutes));
  if (minutes > 0) return l10n.t('{0} min {1} s', minutes, two(total % 60));
  return l10n.t('{0} s', total);
}

/** Time of day with seconds, from milliseconds since the epoch. */
export const formatTime = (time: number): string => timeOfDay().format(time);

export const formatDate = (time: number): string => dateAndTime().format(time);
