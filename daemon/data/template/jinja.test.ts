// Templates derived from a tokenizer's own chat template. The slots are those LLaMA-Factory 0.9.5 derives from the same files.
import { describe, expect, test } from 'vitest';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { ChatTemplate } from './chat-template.ts';
import { deriveTemplate } from './jinja.ts';
import { prepareTemplate } from './prepare.ts';
import { renderTurns } from './renderer.ts';
import type { Element } from './slot.ts';
import { chatTemplateToSave, toJinja } from './to-jinja.ts';

const path = new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url).pathname;

function tokenizerWith(chatTemplate: string | undefined, writesBos = false): Tokenizer {
  const tokenizer = new Tokenizer(
    RustTokenizer.fromFile(path),
    { bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '<|pad|>' },
    chatTemplate,
  );
  tokenizer.writesBos = writesBos;
  return tokenizer;
}

const chatml = (each = '', before = ''): string =>
  `{% for message in messages %}${before}{{ '<|im_start|>' + message['role'] + '\n' }}${each}{{ message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;
const llama3 =
  "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";
const gemma =
  "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' + message['content'] + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}";
const chatmlUser = ['<|im_start|>user\n{{content}}<|im_end|>\n<|im_start|>assistant\n'];
const chatmlSystem = ['<|im_start|>system\n{{content}}<|im_end|>\n'];
const chatmlAnswer = ['{{content}}<|im_end|>\n'];

describe('derived templates', () => {
  test('roles in order', () => {
    const { slots, class: kind, default_system: system } = deriveTemplate(tokenizerWith(chatml()));
    expect(slots).toMatchObject({ prefix: [], system: chatmlSystem, user: chatmlUser, assistant: chatmlAnswer });
    expect([kind, system]).toEqual(['plain', '']);
  });

  test('a default system text', () => {
    const before =
      "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% endif %}";
    const { slots, default_system: system } = deriveTemplate(tokenizerWith(chatml('', before)));
    expect(slots).toMatchObject({ system: chatmlSystem, user: chatmlUser, assistant: chatmlAnswer });
    expect(system).toBe('Be kind.');
  });

  test('bos stands in front of the row only, where the tokenizer writes it', () => {
    const { slots } = deriveTemplate(tokenizerWith(llama3, true));
    expect(slots).toMatchObject({
      prefix: ['<|bos|>'],
      system: ['<|start_header_id|>system<|end_header_id|>\n\n{{content}}<|eot_id|>'],
      user: [
        '<|start_header_id|>user<|end_header_id|>\n\n{{content}}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
      ],
      assistant: ['{{content}}<|eot_id|>'],
    });
  });

  test('an empty thought makes a reasoning template', () => {
    const thought = "{% if message['role'] == 'assistant' %}{{ '<think>\n\n</think>\n\n' }}{% endif %}";
    const { slots, class: kind } = deriveTemplate(tokenizerWith(chatml(thought)));
    expect(kind).toBe('reasoning');
    expect(slots).toMatchObject({ user: chatmlUser, assistant: chatmlAnswer, function: chatmlAnswer });
  });

  test('a template that refuses a system text takes it with the first question', () => {
    const { slots, class: kind } = deriveTemplate(tokenizerWith(gemma, true));
    expect(kind).toBe('system-in-first-user');
    expect(slots.system).toEqual(['{{content}}\n\n']);
  });

  test('the date is the one handed in, and none without', () => {
    const dated = `{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% else %}{{ '26 Jul 2024' }}{% endif %}${chatml()}`;
    expect(deriveTemplate(tokenizerWith(dated), '15 Jan 2025').slots.user[0]).toContain('15 Jan 2025<|im_start|>');
    expect(deriveTemplate(tokenizerWith(dated)).slots.user[0]).toContain('26 Jul 2024<|im_start|>');
  });

  test.each([
    ['no chat template', undefined, 'no-template'],
    ['a broken one', '{% for message in %}', 'template-derivation'],
  ])('%s is refused', (_, source, code) => {
    expect(() => deriveTemplate(tokenizerWith(source))).toThrow(expect.objectContaining({ code }));
  });
});

test('a question that changes once it is answered has no slots', () => {
  const source =
    "{{ messages[0]['content'] }}{% if add_generation_prompt %}{{ '<think>' }}{% endif %}{% if messages | length > 1 %}{{ messages[1]['content'] }}{% endif %}";
  expect(deriveTemplate(tokenizerWith(source))).toMatchObject({ slotsFit: false, class: 'plain' });
});

describe('named templates as Jinja', () => {
  const text = (elements: readonly Element[], tokenizer: Tokenizer): string =>
    elements
      .map((element) =>
        'text' in element
          ? element.text
          : 'token' in element
            ? element.token
            : (element.own === 'bos' ? tokenizer.bosToken : tokenizer.eosToken) ?? '',
      )
      .join(''); // prettier-ignore

  test.each([
    'chatml',
    'qwen',
    'llama3',
    'llama2',
    'gemma',
    'mistral',
    'phi',
    'default',
    'vicuna',
    'deepseek3',
    'glm4',
  ])('%s writes what it was trained on', (name) => {
    const tokenizer = tokenizerWith(undefined);
    const template = prepareTemplate(name, tokenizer);
    const messages = [
      { role: 'user', content: "It's \\ a {test}" },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Again' },
      { role: 'assistant', content: 'No.' },
    ] as const;
    const options = { enableThinking: true, discardHistoryThoughts: false, today: '15 Jan 2025' };
    for (const system of ['', 'Be\nkind']) {
      const expected = renderTurns(template, { messages, system, tools: '' }, options)
        .map(({ source, target }) => text(source, tokenizer) + text(target, tokenizer))
        .join('');
      const derived = tokenizerWith(toJinja(template, tokenizer));
      derived.bosToken = tokenizer.bosToken;
      derived.eosToken = tokenizer.eosToken;
      const all = system === '' ? messages : [{ role: 'system' as const, content: system }, ...messages];
      expect(new ChatTemplate(derived.chatTemplate ?? '', derived).render(all, { generation: false })).toBe(expected);
    }
  });
});

describe('the chat template that is saved', () => {
  const saved = (own: string | undefined, named: boolean): string | undefined => {
    const tokenizer = tokenizerWith(own);
    return chatTemplateToSave(prepareTemplate('chatml', tokenizer), tokenizer, named);
  };

  test("is the model's own where it writes what was trained", () => {
    expect(saved(chatml(), true)).toBe(chatml());
    expect(saved(llama3, false)).toBeUndefined();
  });

  test('is the named one where the model has none, another, or one that refuses', () => {
    for (const own of [undefined, llama3, gemma]) expect(saved(own, true)).toContain('loop_messages');
  });
});
