// How PyYAML reads a plain scalar, with OmegaConf's additions: what LLaMA-Factory's recipes go through.
// YAML 1.1 (yaml.org/type): booleans yes/no/on/off, octal 010, sexagesimal 1:30; OmegaConf: 1e-4 is a float.

export type Scalar = string | number | boolean | null;

const BOOLEANS: Readonly<Record<string, boolean>> = Object.fromEntries(
  ['yes', 'true', 'on'].flatMap((word) => cases(word).map((text) => [text, true]))
    .concat(['no', 'false', 'off'].flatMap((word) => cases(word).map((text) => [text, false]))),
); // prettier-ignore

function cases(word: string): string[] {
  return [word, word.toUpperCase(), (word[0] ?? '').toUpperCase() + word.slice(1)];
}

/** The value of an unquoted scalar. */
export function readPlainScalar(text: string): Scalar {
  if (/^(~|null|Null|NULL|)$/.test(text)) return null;
  const boolean = BOOLEANS[text];
  if (boolean !== undefined) return boolean;
  return readInt(text) ?? readFloat(text) ?? text;
}

function readInt(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '');
  if (/^[-+]?0b[0-1_]+$/.test(text)) return sign * Number.parseInt(digits.slice(2), 2);
  if (/^[-+]?0x[0-9a-fA-F_]+$/.test(text)) return sign * Number.parseInt(digits.slice(2), 16);
  if (/^[-+]?0[0-7_]+$/.test(text)) return sign * Number.parseInt(digits, 8);
  if (/^[-+]?(?:0|[1-9][0-9_]*)$/.test(text)) return sign * Number(digits);
  if (/^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/.test(text)) return sign * sexagesimal(digits);
  return undefined;
}

function readFloat(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '');
  if (/^[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?$/.test(text)) return sign * Number(digits);
  if (/^[-+]?(?:[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)$/.test(text)) return sign * Number(digits);
  if (/^\.[0-9_]+(?:[eE][-+][0-9]+)?$/.test(text) && !/[eE][0-9]/.test(text))
    return /^\.[0-9_]*[eE]/.test(text) ? undefined : Number(digits);
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/.test(text)) return sign * sexagesimal(digits);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return sign * Number.POSITIVE_INFINITY;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : undefined;
}

const sexagesimal = (digits: string): number => digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
