// A named template as a Jinja chat template, so that a trained model's folder answers elsewhere as it was trained.
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { ChatTemplate, type ChatMessage } from './chat-template.ts';
import type { SlotPart, Template } from './registry.ts';

/** A Jinja string literal. */
const quote = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;

/** A slot as a Jinja expression; `content` stands for {{content}}. */
function expression(slot: readonly SlotPart[], tokenizer: Tokenizer, content: string): string {
  const parts = slot.flatMap((part): string[] => {
    if (typeof part !== 'string') {
      const text =
        'token' in part
          ? part.token
          : 'bos' in part
            ? tokenizer.bosToken
            : 'eos' in part
              ? tokenizer.eosToken
              : undefined;
      return text === undefined ? [] : [quote(text)];
    }
    const [before = '', after] = part.split('{{content}}');
    const pieces = after === undefined ? [quote(part)] : [before && quote(before), content, after && quote(after)];
    return pieces.filter((piece) => piece !== '');
  });
  return parts.length === 0 ? "''" : parts.join(' + ');
}

/** The template in Jinja, tools left out. */
export function toJinja(template: Template, tokenizer: Tokenizer): string {
  const { slots, default_system: system, class: kind } = template;
  const prefix = expression(slots.prefix, tokenizer, "''");
  const lines = [
    ...(prefix === "''" ? [] : [`{{ ${prefix} }}`]),
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}",
    `{% else %}{% set loop_messages = messages %}${system === '' ? '' : `{% set system_message = ${quote(system)} %}`}{% endif %}`,
  ];
  const systemText = expression(slots.system, tokenizer, 'system_message');
  const inUser = kind === 'system-in-first-user';
  if (!inUser) lines.push(`{% if system_message is defined %}{{ ${systemText} }}{% endif %}`);
  lines.push("{% for message in loop_messages %}{% set content = message['content'] %}");
  if (inUser)
    lines.push(
      `{% if loop.index0 == 0 and system_message is defined %}{% set content = ${systemText} + message['content'] %}{% endif %}`,
    );
  lines.push(`{% if message['role'] == 'user' %}{{ ${expression(slots.user, tokenizer, 'content')} }}`);
  lines.push(
    `{% elif message['role'] == 'assistant' %}{{ ${expression(slots.assistant, tokenizer, 'content')} }}{% endif %}{% endfor %}`,
  );
  return lines.join('');
}

const probe: readonly ChatMessage[] = [
  { role: 'user', content: 'A question' },
  { role: 'assistant', content: 'an answer' },
  { role: 'user', content: 'and another one' },
];

/**
 * The chat template for a trained model's folder: the model's own where it writes a conversation as it was trained (it may know
 * tools and thoughts besides), else the named template in Jinja. Undefined: the model's own, whatever it is (no template was named).
 */
export function chatTemplateToSave(template: Template, tokenizer: Tokenizer, named: boolean): string | undefined {
  if (!named) return undefined;
  const trained = toJinja(template, tokenizer);
  const own = tokenizer.chatTemplate;
  if (own === undefined) return trained;
  const conversations = [probe, [{ role: 'system' as const, content: 'Be kind.' }, ...probe]];
  try {
    const [theirs, ours] = [new ChatTemplate(own, tokenizer), new ChatTemplate(trained, tokenizer)];
    const agree = conversations.every(
      (messages) => theirs.render(messages, { generation: true }) === ours.render(messages, { generation: true }),
    );
    return agree ? own : trained;
  } catch {
    // one of them refuses a system text
    return trained;
  }
}
