// Texts that were meant as numbers.
import { readPlainScalar } from './yaml11.ts';

/** A text without characters nobody sees, full-width signs as plain ones. */
export const visible = (text: string): string =>
  text
    .replace(/[\u00AD\u200B-\u200F\u2028\u2029\u2060\uFEFF]/g, '')
    .replace(/[\u00A0\u3000]/g, ' ')
    .replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .trim();

export interface NumberText {
  /** As it should be written. */
  readonly text: string;
  /** Nothing else can have been meant. */
  readonly certain: boolean;
  /** Only a character that is not what it looks like was in the way. */
  readonly invisible: boolean;
}

/** What number a text was meant as, if any: "2,048", "1e-4" in quotes, "1,5", "8#comment", "2048 tokens". */
export function readNumber(text: string, type: 'int' | 'float'): NumberText | undefined {
  const clean = visible(text);
  const invisible = clean !== text.trim();
  const fits = (candidate: string): boolean => {
    const value = readPlainScalar(candidate);
    return typeof value === 'number' && Number.isFinite(value) && (type === 'float' || Number.isInteger(value));
  };
  const as = (candidate: string, certain: boolean): NumberText | undefined =>
    fits(candidate) ? { text: candidate, certain, invisible: invisible && certain } : undefined;
  if (/^\d{1,3}(,\d{3})+$/.test(clean)) return as(clean.replaceAll(',', ''), true);
  if (/^[-+]?0\d+$/.test(clean)) return as(clean.replace(/^([-+]?)0+(?=\d)/, '$1'), false);
  if (/^0o[0-7]+$/.test(clean)) return as(String(Number(clean)), false);
  if (/^\d+,\d+$/.test(clean)) return as(clean.replace(',', '.'), false);
  const direct = as(clean, true) ?? as(rewritten(clean), true);
  if (direct) return direct;
  const leading = /^([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(#.*|[a-zA-Z% ]+)$/.exec(clean);
  const [, number, rest = ''] = leading ?? [];
  // a unit multiplies: which number was meant is not known
  if (number === undefined || /^(k|m|g|b|%|x)/i.test(rest)) return undefined;
  return as(rest.startsWith('#') ? `${number}  ${rest}` : number, false) ?? as(number, false);
}

/** -.5, .5e2, +.5: numbers that YAML 1.1 reads as text. */
function rewritten(text: string): string {
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? text : String(value);
}
