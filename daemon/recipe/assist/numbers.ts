// Figures as people read them.

/** 2910 → "2,910". */
export const countText = (count: number): string =>
  Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, ','); // prettier-ignore

/** 9175040 → "9.2M", 595776512 → "596M". */
export function amountText(count: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    if (count >= size) return `${shortText(count / size)}${unit}`;
  }
  return String(Math.round(count));
}

/** 18350080 → "18 MB". */
export function bytesText(bytes: number): string {
  for (const [size, unit] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'KB'],
  ] as const) {
    if (bytes >= size) return `${shortText(bytes / size)} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}

/** 0.0153 → "1.5%". */
export const percentText = (share: number): string =>
  `${share === 0 || share >= 0.1 ? Math.round(share * 100) : Number((share * 100).toPrecision(2))}%`;

const shortText = (value: number): string => (value >= 9.95 ? Math.round(value).toString() : value.toFixed(1));

/** 6000 → "1 h 40 min". */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
