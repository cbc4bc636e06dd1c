// Slots taken apart once, so that filling one is no search: what stands before and behind the content.
import type { SlotPart } from './registry.ts';

/** template: written around answers and never trained. */
export type ElementKind = 'prompt' | 'system' | 'tool-result' | 'thought' | 'response' | 'template';

/** A stretch of an element's text that is the row's own words. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: ElementKind;
}

/** Text to tokenise; the row's own words lie from `from` to `to`, the rest is the template's. */
export interface TextElement {
  readonly kind: ElementKind;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Up to where the row's words are system text inside a question. */
  readonly systemTo?: number;
  /** In place of from and to, where words of several messages stand in one text. */
  readonly spans?: readonly Span[];
}

/** Text to tokenise, one special token, or the tokenizer's own bos or eos; with what it is part of. */
export type Element =
  | TextElement
  | { readonly kind: ElementKind; readonly token: string }
  | { readonly kind: ElementKind; readonly own: 'bos' | 'eos' };

/** Text around the content (`after` undefined: there is none in it), or an element that is always the same. */
type CompiledPart = { readonly before: string; readonly after: string | undefined } | { readonly fixed: Element };

export interface CompiledSlot {
  readonly kind: ElementKind;
  readonly hasContent: boolean;
  readonly parts: readonly CompiledPart[];
}

const mark = '{{content}}';

/** Every text takes the content at its first {{content}}. */
export function compileSlot(slot: readonly SlotPart[], kind: ElementKind): CompiledSlot {
  const parts = slot.flatMap((part): CompiledPart[] => {
    if (typeof part === 'string') {
      const at = part.indexOf(mark);
      if (at < 0) return [{ before: part, after: undefined }];
      return [{ before: part.slice(0, at), after: part.slice(at + mark.length) }];
    }
    if ('token' in part) return [{ fixed: { kind, token: part.token } }];
    if ('bos' in part) return [{ fixed: { kind, own: 'bos' } }];
    return 'eos' in part ? [{ fixed: { kind, own: 'eos' } }] : [];
  });
  return { kind, parts, hasContent: parts.some((part) => 'after' in part && part.after !== undefined) };
}

/**
 * Adds a slot's elements around `content` to `into`. `index` takes the place of the first {{idx}} in each text, the content's
 * included; the first `systemLength` characters of the content are system text.
 */
export function fillSlot(
  { kind, parts }: CompiledSlot,
  content: string,
  into: Element[],
  index?: number,
  systemLength = 0,
): Element[] {
  for (const part of parts) {
    if ('fixed' in part) {
      into.push(part.fixed);
      continue;
    }
    const { before, after } = part;
    let text = after === undefined ? before : before + content + after;
    if (index !== undefined && text.includes('{{idx}}')) text = text.replace('{{idx}}', String(index));
    if (text === '') continue;
    const from = after === undefined ? text.length : before.length;
    const to = after === undefined ? text.length : text.length - after.length;
    into.push(systemLength > 0 ? { kind, text, from, to, systemTo: from + systemLength } : { kind, text, from, to });
  }
  return into;
}
