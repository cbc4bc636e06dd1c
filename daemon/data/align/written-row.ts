// A row's JSON as it is written: what becomes text again keeps the form of its numbers (1.0 stays 1.0, big integers stay exact) and
// the order of its keys, which values in JavaScript lose.
import type { Place } from '../conversation.ts';
import { isList, isMapping, parsePython, type PythonValue } from '../template/python-json.ts';

export class WrittenRow {
  readonly #text: string;
  #parsed: PythonValue | undefined;

  /** `text`: of a JSON row; what is no JSON has nothing anywhere. */
  constructor(text: string) {
    this.#text = text;
  }

  /** What stands at a place; undefined where nothing does. */
  at(place: Place): PythonValue | undefined {
    let value: PythonValue | undefined = this.#whole();
    for (const key of place) {
      if (typeof key === 'number') value = isList(value) ? value[key] : undefined;
      else value = isMapping(value) ? value.get(key) : undefined;
    }
    return value;
  }

  #whole(): PythonValue | undefined {
    try {
      this.#parsed ??= parsePython(this.#text);
      return this.#parsed;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}
