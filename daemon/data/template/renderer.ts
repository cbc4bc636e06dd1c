// Which renderer a template's rows go through: its slots, or the model's own chat template.
import { OwnRenderer } from './own-turns.ts';
import type { Template } from './registry.ts';
import { SlotRenderer, type Rendered, type RenderOptions, type RowRenderer, type Turn } from './render.ts';

export function rendererOf(template: Template, options: RenderOptions): RowRenderer {
  return template.own ? new OwnRenderer(template.own, template, options) : new SlotRenderer(template, options);
}

/** Turns of one row; for many rows of a template take its renderer. Throws RenderError as the goldens' errors say. */
export function renderTurns(template: Template, row: Rendered, options: RenderOptions): Turn[] {
  return rendererOf(template, options).turns(row);
}
