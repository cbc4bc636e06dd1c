// What completion offers: a label, what it inserts, and where. Lists are in the order in which they are shown.

export interface Suggestion {
  readonly label: string;
  readonly kind:
    'key' | 'value' | 'dataset' | 'template' | 'model' | 'folder' | 'file' | 'module' | 'recipe' | 'column';
  /** Beside the label, in grey: the type, the family, the file. */
  readonly description?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** Replaces the text from `from` to `to`. */
  readonly insert: string;
  /** The same with tab stops, for editors that know them (LSP snippet syntax). */
  readonly snippet?: string;
  readonly from: number;
  readonly to: number;
  /** What is typed is compared with this instead of with the label. */
  readonly filter?: string;
  /** A value follows that completion knows: ask again at once. */
  readonly asksAgain?: boolean;
  /** Still known, but no longer what one should write. */
  readonly deprecated?: boolean;
}

/** Text that stands for itself inside a snippet. */
export const snippetText = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

const needsQuotes = /^$|^[\s>|&*!%@`"'#,[\]{}?-]|: |\s#|\s$|:$/;
const readsAsOther =
  /^(?:~|null|true|false|yes|no|on|off|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*|0x[0-9a-f]+|[-+]?[0-9.][0-9_]*\.?[0-9_]*(?:e[-+]?[0-9]+)?|[-+]?\.(?:inf|nan))$/i;

/**
 * A text as it must be written so that YAML reads it as that text: 'no' in quotes, sft without. In the quote that is
 * there already, where there is one; in brackets a comma needs quotes, too.
 */
export function yamlText(text: string, quote: '' | '"' | "'" = '', inFlow = false): string {
  if (quote === '"') return JSON.stringify(text);
  if (quote === "'") return `'${text.replaceAll("'", "''")}'`;
  const plain = !needsQuotes.test(text) && !readsAsOther.test(text) && !(inFlow && /[,[\]{}]/.test(text));
  return plain ? text : `'${text.replaceAll("'", "''")}'`;
}
