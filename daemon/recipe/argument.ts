// One recipe key: type, default, choices, what it is for, and whether Anneal has it yet.

export interface ArgumentDetails {
  readonly group: string;
  /** Allowed values; undefined: any of the type. */
  readonly choices?: readonly (string | number)[];
  /** Values that are taken although LLaMA-Factory does not list them. */
  readonly unlisted?: readonly string[];
  /** Stages it matters in; undefined: all. */
  readonly stages?: readonly string[];
  /** A string of several values is split here. */
  readonly separator?: string;
  /** Several values are one text; LLaMA-Factory fails on a YAML list. */
  readonly textOnly?: boolean;
  readonly required?: boolean;
  /** Words for people, or a secret: any character may be meant. */
  readonly freeText?: boolean;
  /** null is a value of its own and does not stand for the default. */
  readonly nullable?: boolean;
  /** LLaMA-Factory stops at a number or a truth value here, where it takes them for most texts. */
  readonly strictText?: boolean;
  /** Matters only where this key is set, or has one of these values; elsewhere it does nothing. */
  readonly onlyWith?: readonly [key: string, ...values: string[]];
  /** built: does what it says. later: known, and refused when given another value than the default. no-effect: accepted. */
  readonly support: 'built' | 'later' | 'no-effect';
  /** Why a no-effect key has none. */
  readonly because?: string;
}

export interface Argument<T> extends ArgumentDetails {
  /** bool, int, float, string, string[], object, or several joined by |. */
  readonly type: string;
  readonly default: T;
  readonly doc: string;
}

export const argument = <T>(type: string, value: T, doc: string, details: ArgumentDetails): Argument<T> => ({
  type,
  default: value,
  doc,
  ...details,
});
