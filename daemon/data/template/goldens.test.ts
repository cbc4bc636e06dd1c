// Every rendered conversation of the goldens: turn by turn, special tokens visible.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Message } from '../conversation.ts';
import { findTemplate } from './registry.ts';
import { renderTurns } from './renderer.ts';
import type { Element } from './slot.ts';

interface Golden {
  template: string;
  case: string;
  messages: Message[];
  system: string | null;
  tools: string | null;
  enable_thinking: boolean | null;
  eos: string;
  turns?: [string, string][];
  error?: string;
  overrides?: { default_system?: string; tool_format?: string };
  discarding_history_cot?: boolean;
}

const goldens = readFileSync(new URL('../fixtures/facts/template-goldens.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden);

function rendered(golden: Golden): unknown {
  const template = findTemplate(golden.template);
  const eos = template.replace_eos ? (template.stop_words[0] ?? golden.eos) : golden.eos;
  const text = (elements: readonly Element[]): string =>
    elements
      .map((element) =>
        'text' in element ? element.text : 'token' in element ? element.token : element.own === 'bos' ? '<|bos|>' : eos,
      )
      .join('');
  try {
    const turns = renderTurns(
      template,
      { messages: golden.messages, system: golden.system ?? '', tools: golden.tools ?? '' },
      {
        defaultSystem: golden.overrides?.default_system,
        toolFormat: golden.overrides?.tool_format,
        enableThinking: golden.enable_thinking,
        discardHistoryThoughts: golden.discarding_history_cot ?? false,
        today: '15 Jan 2025',
      },
    );
    return turns.map(({ source, target }) => [text(source), text(target)]);
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('template goldens', () => {
  for (const name of new Set(goldens.map(({ template }) => template))) {
    test(name, () => {
      for (const golden of goldens.filter(({ template }) => template === name)) {
        expect([golden.case, rendered(golden)]).toEqual([golden.case, golden.error ?? golden.turns]);
      }
    });
  }
});

test('an unknown tool format is refused by name', () => {
  const options = { toolFormat: 'mine', enableThinking: true, discardHistoryThoughts: false, today: '15 Jan 2025' };
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yes' },
  ] as const;
  const tools = '[{"name": "add", "description": "", "parameters": {"properties": {}}}]';
  expect(() => renderTurns(findTemplate('qwen'), { messages, system: '', tools }, options)).toThrow(
    expect.objectContaining({ code: 'unknown-tool-format' }),
  );
});
