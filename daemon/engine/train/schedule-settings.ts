// lr_scheduler_kwargs, read strictly: a setting that a schedule does not know, or of the wrong type, is refused.
import { UserError } from '../../errors.ts';

/** What lr_scheduler_kwargs holds; null stands for a setting that is not given. */
export type Kwargs = Readonly<Record<string, unknown>>;

export class ScheduleSettings {
  readonly #type: string;
  readonly #kwargs: Kwargs;

  /** Throws UserError where a key is none of the schedule's own. */
  constructor(type: string, kwargs: Kwargs, known: readonly string[]) {
    this.#type = type;
    this.#kwargs = kwargs;
    const unknown = Object.keys(kwargs).find((key) => !known.includes(key));
    if (unknown === undefined) return;
    const choice = known.length > 0 ? `it takes ${known.join(', ')}` : 'it takes none';
    throw this.error(`${unknown} is no setting of the schedule ${type}: ${choice}.`);
  }

  /** A finite number, or undefined where it is not given. */
  optional(key: string): number | undefined {
    const value = this.#kwargs[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.error(
      `${key} of the schedule ${this.#type} must be a number, not ${JSON.stringify(value)}: correct it in lr_scheduler_kwargs (YAML reads 1e-7 without a point as text: write 1.0e-7).`,
    );
  }

  number(key: string, fallback: number): number {
    return this.optional(key) ?? fallback;
  }

  flag(key: string): boolean {
    const value = this.#kwargs[key] ?? false;
    if (typeof value === 'boolean') return value;
    throw this.error(`${key} of the schedule ${this.#type} must be true or false, not ${JSON.stringify(value)}.`);
  }

  /** One of several words. */
  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.#kwargs[key] ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw this.error(`${key} of the schedule ${this.#type} must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}.`); // prettier-ignore
  }

  /** The error to throw for a setting that does not fit. */
  error(sentence: string): UserError {
    return new UserError('schedule-settings', sentence);
  }
}
