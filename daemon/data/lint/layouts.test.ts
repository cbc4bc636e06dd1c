// Rules on pairs, thumbs, tools, media, texts, whole files and file formats.
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { findings, jsonl, told, type Given } from './testing/check-text.ts';

const good = { instruction: 'Name a river.', input: '', output: 'The Danube.' };
const talk = { conversations: [{ from: 'human', value: 'Hi' }, { from: 'gpt', value: 'Hello.' }] }; // prettier-ignore
const sharegpt: Given = { entry: { formatting: 'sharegpt' } };

type Variant = readonly [name: string, content: string | Uint8Array, given: Given, found: readonly string[]];

const check = (variants: readonly Variant[]): void =>
  test.each(variants)('%s', async (_name, content, given, found) => {
    expect(await told(content, given)).toEqual(found);
  });

describe('pairs', () => {
  const flat: Given = {
    stage: 'dpo',
    entry: { ranking: true, columns: { prompt: 'instruction', chosen: 'chosen', rejected: 'rejected' } },
  };
  const pair: Given = {
    stage: 'rm',
    entry: {
      formatting: 'sharegpt',
      ranking: true,
      columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' },
    },
  };
  const ask = { conversations: [{ from: 'human', value: 'Hi' }] };
  const one = { ...ask, chosen: { from: 'gpt', value: 'Hello.' }, rejected: { from: 'gpt', value: 'No.' } };
  const text = { instruction: 'Hi', chosen: 'Hello.', rejected: 'No.' };
  check([
    ['all is well', jsonl(text, { ...text, instruction: 'b' }), flat, []],
    ['the same answer twice', jsonl({ ...text, rejected: 'Hello.' }), flat, ['1 warning identical-pair ‹"Hello."›']],
    ['a list as answer', jsonl(text, { ...text, chosen: ['a'] }), flat, ['2 error response-not-string ‹["a"]›']],
    ['null as answer', jsonl(text, { ...text, rejected: null }), flat, ['2 error response-not-string ‹null›']],
    ['an empty answer', jsonl(text, { ...text, rejected: '' }), flat, ['2 error empty-response ‹""›']],
    ['no answer', jsonl(text, { instruction: 'a', chosen: 'b' }), flat, ['2 error missing-field ‹{"instruction":"a","chosen":"b"}›']],
    ['messages', jsonl(one), pair, []],
    ['another stage', jsonl(one), { ...pair, stage: 'sft' }, ['1 error dataset-stage-mismatch ‹{"conversations":[{"from":"human","value…›']],
    ['a prompt that ends with an answer', jsonl(one, { ...one, ...talk }), pair, ['2 error odd-turn-count ‹{"from":"gpt","value":"Hello."}›']],
    ['an answer by the user', jsonl(one, { ...one, chosen: { from: 'human', value: 'x' } }), pair, ['2 error role-order ‹"human"›']],
    ['an answer by a stranger', jsonl(one, { ...one, rejected: { from: 'assistant', value: 'x' } }), pair, ['2 error unknown-role ‹"assistant"›']],
    ['an answer without text', jsonl(one, { ...one, rejected: { from: 'gpt' } }), pair, ['2 error missing-field ‹{"from":"gpt"}›']],
    ['an answer whose text is null', jsonl(one, { ...one, rejected: { from: 'gpt', value: null } }), pair, ['2 error response-not-string ‹null›']],
    ['a list of messages as answer', jsonl(one, { ...one, chosen: [{ from: 'gpt', value: 'x' }] }), pair, ['2 error response-not-string ‹[{"from":"gpt","value":"x"}]›']],
  ]); // prettier-ignore
});

describe('thumbs', () => {
  const given: Given = {
    stage: 'kto',
    entry: { columns: { prompt: 'instruction', response: 'output', kto_tag: 'label' } },
  };
  const up = { instruction: 'Hi', output: 'Hello.', label: true };
  const down = { instruction: 'Hi', output: 'No.', label: false };
  check([
    ['both kinds', jsonl(up, down), given, []],
    ['a number', jsonl(up, down, { ...up, output: 'x', label: 1 }), given, ['3 error kto-tag-invalid ‹1›']],
    ['text', jsonl(up, down, { ...up, output: 'x', label: 'true' }), given, ['3 error kto-tag-invalid ‹"true"›']],
    ['missing', jsonl(up, down, { instruction: 'a', output: 'x' }), given, ['3 error missing-field ‹{"instruction":"a","output":"x"}›']],
    ['one kind alone', jsonl(up, { ...up, output: 'y' }), given, ['1 warning kto-one-sided ‹true›']],
    ['an empty answer', jsonl(up, down, { ...up, output: '' }), given, ['3 error empty-response ‹""›']],
    ['thumbs in another stage', jsonl(up, down), { ...given, stage: 'sft' }, ['1 error kto-row ‹true›']],
    ['stage of pairs', jsonl(up, down), { ...given, stage: 'dpo' }, ['1 error dataset-stage-mismatch ‹{"instruction":"Hi","output":"Hello.","l…›']],
    ['the same answer with both thumbs', jsonl(up, { ...up, label: false }), given, []],
  ]); // prettier-ignore
});

describe('tools', () => {
  const given: Given = { entry: { formatting: 'sharegpt', columns: { messages: 'conversations', tools: 'tools' } } };
  const tools = (value: unknown, id = 'a'): object => ({
    conversations: [
      { from: 'human', value: id },
      { from: 'gpt', value: 'b' },
    ],
    tools: value,
  });
  const tool = { name: 'f', description: 'x', parameters: { type: 'object', properties: {} } };
  const call = (value: unknown): object => ({
    ...tools('[]'),
    conversations: [
      { from: 'human', value: 'a' },
      { from: 'function_call', value },
      { from: 'observation', value: '3' },
      { from: 'gpt', value: 'b' },
    ],
  });
  check([
    ['text, none, an empty text', jsonl(tools(JSON.stringify([tool])), tools('', 'b'), tools('[]', 'c'), tools(null, 'd')), given, []],
    ['in a wrapper', jsonl(tools(JSON.stringify([{ type: 'function', function: tool }]))), given, []],
    ['no JSON', jsonl(tools('[]'), tools('[{name: f}]')), given, ['2 error tools-invalid ‹"[{name: f}]"›']],
    ['one, not in a list', jsonl(tools('[]'), tools(JSON.stringify({ name: 'f' }))), given, ['2 error tools-invalid ‹"{\\"name\\":\\"f\\"}"›']],
    ['without a name', jsonl(tools('[]'), tools('[{"description": "x"}]')), given, ['2 error tools-invalid ‹"[{\\"description\\": \\"x\\"}]"›']],
    ['a wrapper without a name', jsonl(tools('[]'), tools('[{"type": "function"}]')), given, ['2 error tools-invalid ‹"[{\\"type\\": \\"function\\"}]"›']],
    ['an object', jsonl(tools('[]'), tools({ name: 'f' })), given, ['2 error tools-invalid ‹{"name":"f"}›']],
    ['a number', jsonl(tools('[]'), tools(3)), given, ['2 error tools-invalid ‹3›']],
    ['calls: one, several, behind a thought, in tags', jsonl(call('{"name": "f", "arguments": {}}'), call('[{"name": "f", "arguments": {"a": 1}}, {"name": "g", "arguments": {}}]'), call('<think>\nhm\n</think>\n\n{"name": "f", "arguments": {"b": 1}}'), call('<tool_call>{"name": "f", "arguments": {"c": 1}}</tool_call>')), { ...given, template: 'qwen3' }, ['1 info empty-thought ‹"b"›']],
    ['a call without arguments', jsonl(call('{"name": "f"}')), given, ['1 error function-call-invalid ‹"{\\"name\\": \\"f\\"}"›']],
    ['a call without a name', jsonl(call('{"arguments": {}}')), given, ['1 error function-call-invalid ‹"{\\"arguments\\": {}}"›']],
    ['a call cut off', jsonl(call('{"name": "f", "arguments": {')), given, ['1 error function-call-invalid ‹"{\\"name\\": \\"f\\", \\"arguments\\": {"›']],
    ['an empty call', jsonl(call('')), given, ['1 error empty-response ‹""›']],
    ['a call that is an object', jsonl(call({ name: 'f', arguments: {} })), given, ['1 error content-not-string ‹{"name":"f","arguments":{}}›']],
    ['no parameters where the template writes them', jsonl(tools('[{"name": "f"}]')), { ...given, template: 'alpaca' }, ['1 error tools-invalid ‹"[{\\"name\\": \\"f\\"}]"›']],
  ]); // prettier-ignore
});

describe('media', () => {
  const given: Given = {
    template: 'qwen2_vl',
    entry: { formatting: 'sharegpt', columns: { messages: 'conversations', images: 'images' } },
  };
  const row = (text: string, images: unknown): object => ({
    conversations: [
      { from: 'human', value: text },
      { from: 'gpt', value: 'b' },
    ],
    images,
  });
  const here = 'rows.jsonl';
  check([
    ['as many as marks', jsonl(row('<image>a', [here]), row('<image>b <image>', [here, here]), row('c', []), row('d', null)), given, []],
    ['a path alone', jsonl(row('<image>a', here), row('<image>b', here), row('d', null)), given, []],
    ['a path alone among lists', jsonl(row('<image>a', [here]), row('<image>b', here)), given, ['2 error mixed-row-shape ‹"rows.jsonl"›']],
    ['a mark without a file', jsonl(row('a', [here]), row('<image>b <image>', [here])).replace('"a"', '"<image>"'), given, ['2 error media-count-mismatch ‹<image>›']],
    ['a file without a mark', jsonl(row('a', [here])), given, ['1 error media-count-mismatch ‹["rows.jsonl"]›']],
    ['a mark and no column', jsonl(talk, { conversations: [{ from: 'human', value: '<image>a' }, { from: 'gpt', value: 'b' }] }), { ...sharegpt, template: 'qwen2_vl' }, ['2 error media-count-mismatch ‹<image>›']],
    ['a mark for a template of text', jsonl({ conversations: [{ from: 'human', value: '<image>a' }, { from: 'gpt', value: 'b' }] }), sharegpt, []],
    ['a file that is not there', jsonl(row('<image>a', ['no.png'])), given, ['1 warning media-file-missing ‹"no.png"›']],
    ['an address', jsonl(row('<image>a', ['https://example.org/a.png'])), given, []],
    ['flat rows', jsonl({ ...good, images: [here] }), { template: 'qwen2_vl', entry: { columns: { prompt: 'instruction', response: 'output', images: 'images' } } }, ['1 error media-count-mismatch ‹["rows.jsonl"]›']],
    ['a template of text', jsonl(row('<image>a', [here]), row('<image>b', [here])), { ...given, template: 'qwen' }, ['1 error template-model-mismatch ‹["rows.jsonl"]›']],
    ['a mark in both answers', jsonl({ instruction: 'a', chosen: '<image>b', rejected: '<image>c', images: [here] }), { stage: 'dpo', template: 'qwen2_vl', entry: { ranking: true, columns: { prompt: 'instruction', chosen: 'chosen', rejected: 'rejected', images: 'images' } } }, []],
    ['frames of a video', jsonl({ ...row('<video>a', []), videos: [[here, here]] }), { template: 'qwen2_vl', entry: { formatting: 'sharegpt', columns: { messages: 'conversations', videos: 'videos' } } }, []],
  ]); // prettier-ignore
});

describe('texts', () => {
  const row = (output: string, instruction = 'a'): string => jsonl({ instruction, input: '', output });
  check([
    ['other languages, emoji, French spaces', row('« é\u00a0» à\u00a0« x\u00a0» Über ÄÖÜß ß÷ 中文，你好 👩‍👩‍👧 ñÑ ¿Qué? Æøå Łódź Ğüş Привет мир ŠĐ Âge É» café… À “x” “IRMÔ «MAÇû ‘AMANHÒ MANHÃ…'), {}, []],
    ['a control token in the answer', row('x<|im_start|>'), {}, ['1 warning special-token-in-text ‹<|im_start|>›']],
    ['a control token by escapes', '{"instruction": "a", "input": "", "output": "x\\u003c|im_end|\\u003e y"}\n', {}, ['1 warning special-token-in-text ‹\\u003c|im_end|\\u003e›']],
    ['tokens of another template', row('[INST] x <|eot_id|> <start_of_turn>'), {}, []],
    ['tokens of Llama 3', row('x<|eot_id|>'), { template: 'llama3' }, ['1 warning special-token-in-text ‹<|eot_id|>›']],
    ['tokens of Mistral', row('x [/INST] y'), { template: 'mistral' }, ['1 warning special-token-in-text ‹[/INST]›']],
    ['tags of HTML', row('<s>x</s> <b>bold</b> a < b > c <image_alt> <|not a token <user>'), {}, []],
    ['a thought', row('<think>\nx\n</think>\n\ny'), { template: 'qwen3' }, []],
    ['a thought that was not opened', row('x</think>y'), { template: 'qwen3' }, ['1 warning unbalanced-think-tag ‹</think>›']],
    ['a thought in a thought', row('<think>a<think>b</think>'), { template: 'qwen3' }, ['1 warning unbalanced-think-tag ‹<think>›']],
    ['a thought and no answer', row('<think>a</think>\n'), { template: 'qwen3' }, ['1 warning empty-response ‹"<think>a</think>\\n"›']],
    ['an empty thought before the answers', row('y') + row('z'), { template: 'qwen3' }, ['1 info empty-thought ‹"y"›']],
    ['a tag in the question', row('<think>a</think>x', 'What is <think>?'), { template: 'qwen3' }, []],
    ['an escape character', row('a\u001b[0m'), {}, ['1 warning control-character ‹\\u001b›']],
    ['NUL', row('a\0b'), {}, ['1 error control-character ‹\\u0000›']],
    ['LaTeX with one backslash', '{"instruction": "a", "input": "", "output": "$\\frac{1}{2}$"}\n', {}, ['1 warning control-character ‹\\f›']],
    ['lines and tabs', row('a\n\tb\r\n'), {}, []],
    ['a replacement character', row('caf\ufffd x'), {}, ['1 warning broken-text ‹\ufffd›']],
    ['UTF-8 read as Latin-1', row('Itâ€™s a cafÃ©'), {}, ['1 warning broken-text ‹Itâ€™s›']],
    ['Chinese read as Latin-1', row('ä½\u00a0å¥½'), {}, ['1 warning broken-text ‹ä½\u00a0å¥½›']],
    ['Cyrillic read as Windows-1252', row('ÐŸÑ€Ð¸Ð²ÐµÑ‚'), {}, ['1 warning broken-text ‹ÐŸÑ€Ð¸Ð²ÐµÑ‚›']],
    ['replacement characters read as GBK', row('锟斤拷'), {}, ['1 warning broken-text ‹锟斤拷›']],
    ['half of a character', '{"instruction": "a", "input": "", "output": "x\\ud83d y"}\n', {}, ['1 warning broken-text ‹\\ud83d›']],
  ]); // prettier-ignore
});

describe('whole files', () => {
  const many = Array.from({ length: 300 }, (_, i) => ({ ...good, instruction: `Question ${i}` }));
  check([
    ['the same row with its fields in another order', jsonl(good, { output: good.output, input: '', instruction: good.instruction }), {}, ['2 warning duplicate-row ‹{"output":"The Danube.","input":"","inst…›']],
    ['the same row with another id', jsonl({ id: 1, ...good }, { id: 2, ...good }), {}, ['2 warning duplicate-row ‹{"id":2,"instruction":"Name a river.","i…›']],
    ['the same row far away', jsonl(...many, many[3]), {}, ['301 warning duplicate-row ‹{"instruction":"Question 3","input":"","…›']],
    ['the same prompt in the other column', jsonl(good, { ...good, instruction: '', input: good.instruction }), {}, ['2 warning duplicate-row ‹{"instruction":"","input":"Name a river.…›']],
    ['texts divided otherwise', jsonl({ ...good, instruction: 'ab', input: 'c' }, { ...good, instruction: 'a', input: 'bc' }), {}, []],
    ['the same name twice', `{"instruction": "a", "output": "b", "output": "c", "input": ""}\n`, {}, ['1 error duplicate-key ‹"output"›']],
    ['the same name twice, deep inside', `{"conversations": [{"from": "human", "value": "a", "value": "b"}, {"from": "gpt", "value": "c"}]}\n`, sharegpt, ['1 error duplicate-key ‹"value"›']],
    ['names in texts are none', jsonl({ ...good, output: '{"a": 1, "a": 2}' }), {}, []],
    ['a column that changes its kind', jsonl({ id: 1, ...good }, { id: 'b', ...good, input: 'x' }), {}, ['2 error mixed-row-shape ‹"b"›']],
    ['a place inside of a column', jsonl({ meta: { a: [1] }, ...good }, { meta: { a: ['x'] }, ...good, input: 'x' }, { meta: { a: [2, null], b: {} }, ...good, input: 'y' }), {}, ['2 error mixed-row-shape ‹"x"›']],
    ['the odd one comes first', jsonl({ id: true, ...good }, { id: 1, ...good, input: 'x' }, { id: 2.5, ...good, input: 'y' }), {}, ['1 error mixed-row-shape ‹true›']],
    ['a column that is null or missing at times', jsonl({ id: 1, ...good }, { id: null, ...good, input: 'x' }, { ...good, input: 'y' }), {}, []],
    ['whole and broken numbers', jsonl({ n: 1, ...good }, { n: 1.5, ...good, input: 'x' }), {}, []],
    ['no rows', '', {}, ['1 error empty-data-file ‹›']],
    ['blank lines', '\n\n', {}, ['1 error empty-data-file ‹›']],
    ['an empty list', '[]', { file: 'rows.json' }, ['1 error empty-data-file ‹›']],
    ['rows by number', '{"0": {"instruction": "a", "input": "", "output": "b"}}', { file: 'rows.json' }, ['1 error row-not-object ‹{"0": {"instruction": "a", "input": "", …›']],
    ['columns of values', '{"instruction": ["a"], "input": [""], "output": ["b"]}', { file: 'rows.json' }, ['1 error row-not-object ‹{"instruction": ["a"], "input": [""], "o…›']],
    ['messages with other fields', jsonl({ conversations: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }] }), sharegpt, ['1 error missing-field ‹[{"role":"user","content":"a"},{"role":"…›', '1 error missing-field ‹[{"role":"user","content":"a"},{"role":"…›']],
    ['a misspelt name', jsonl(good, { instruction: 'a', input: '', ouput: 'b' }), {}, ['2 error missing-field ‹{"instruction":"a","input":"","ouput":"b…›']],
    ['a row over several lines', `${JSON.stringify(good)}\n${JSON.stringify({ ...good, input: 'x' }, null, 1)}\n`, {}, ['2 warning json-syntax ‹{›']],
    ['the same in .json', JSON.stringify(good, null, 1), { file: 'rows.json' }, []],
    ['a list of texts', '["a", "b"]', { file: 'rows.json' }, ['1 error row-not-object ‹"a"›', '1 error row-not-object ‹"b"›']],
    ['a list a line', `[${JSON.stringify(good)}]\n[${JSON.stringify(good)}]\n`, {}, ['1 error row-not-object ‹[{"instruction":"Name a river.","input":…›', '2 error row-not-object ‹[{"instruction":"Name a river.","input":…›']],
    ['conversations as flat rows', jsonl(talk), {}, ['1 error formatting-row-mismatch ‹{"conversations":[{"from":"human","value…›']],
    ['flat rows as conversations', jsonl(good), sharegpt, ['1 error formatting-row-mismatch ‹{"instruction":"Name a river.","input":"…›']],
    ['other names in all rows', jsonl({ question: 'a', answer: 'b' }), {}, ['1 error missing-field ‹{"question":"a","answer":"b"}›', '1 error missing-field ‹{"question":"a","answer":"b"}›', '1 error missing-field ‹{"question":"a","answer":"b"}›']],
    ['a byte order mark', `\ufeff${jsonl(good)}`, {}, ['1 warning file-bom ‹›']],
    ['UTF-16', Buffer.from(`\ufeff${jsonl(good)}`, 'utf16le'), {}, ['1 error file-encoding ‹›']],
    ['UTF-16 without a mark', Buffer.from(jsonl(good), 'utf16le'), {}, ['1 error file-encoding ‹›']],
    ['UTF-16 the other way round', Buffer.from(`\ufeff${jsonl(good)}`, 'utf16le').swap16(), {}, ['1 error file-encoding ‹›']],
    ['compressed', gzipSync(jsonl(good, { ...good, output: '' })), { file: 'rows.jsonl.gz' }, ['2 error empty-response ‹›']],
  ]); // prettier-ignore

  test('Latin-1 and GBK are told by name, and the text is read on', async () => {
    const latin = Buffer.concat([Buffer.from(jsonl(good)), Buffer.from(jsonl({ ...good, output: 'café' }), 'latin1')]);
    const [first] = await findings(latin);
    expect(first).toMatchObject({ line: 2, code: 'file-encoding', column: 56, message: expect.stringContaining('Latin-1') as string }); // prettier-ignore
    // 你好，世界 in GBK
    const bytes = [0xc4, 0xe3, 0xba, 0xc3, 0xa3, 0xac, 0xca, 0xc0, 0xbd, 0xe7];
    const gbk = Buffer.concat([Buffer.from('{"instruction": "a", "input": "", "output": "'), Buffer.from(bytes), Buffer.from('"}')]); // prettier-ignore
    const found = await findings(gbk);
    expect(found.map(({ code, message }) => [code, message.includes('GBK')])).toEqual([['file-encoding', true]]);
  });

  test('twenty of a kind are shown, all are counted', async () => {
    const rows = many.map((row, i) => (i < 250 ? { ...row, output: '' } : row));
    const found = await findings(jsonl(...rows));
    expect(found.filter(({ code }) => code === 'empty-response')).toHaveLength(20);
    expect(found.at(-1)).toMatchObject({ code: 'rows-summary', severity: 'info', message: 'Rows: 300, with errors: 250. Found: empty-response 250 (20 shown).' }); // prettier-ignore
  });
});

describe('lengths', () => {
  const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i % 7}`).join(' ');
  const row = (instruction: string, output: string): string => jsonl({ instruction, input: '', output });
  check([
    ['shorter', row(words(20), words(20)), { cutoff: 256 }, []],
    ['a long answer', row('a', words(200)), { cutoff: 64 }, ['1 warning row-truncated ‹{"instruction":"a","input":"","output":"…›']],
    ['a long prompt', row(words(200), 'a'), { cutoff: 64 }, ['1 warning row-truncated ‹{"instruction":"word0 word1 word2 word3 …›']],
    ['a prompt that leaves nothing of the answer', row(words(4000), words(20)), { cutoff: 16 }, ['1 error no-trained-tokens ‹{"instruction":"word0 word1 word2 word3 …›']],
    ['pre-training cuts no rows', jsonl({ text: words(300) }), { cutoff: 64, stage: 'pt', entry: { columns: { prompt: 'text' } } }, []],
    ['Chinese', row('a', '海港日志记录着每一艘船。'.repeat(20)), { cutoff: 64 }, ['1 warning row-truncated ‹{"instruction":"a","input":"","output":"…›']],
  ]); // prettier-ignore
});

describe('CSV and text', () => {
  const csv: Given = { file: 'rows.csv' };
  check([
    ['all is well', 'instruction,input,output\nName a lake,,Como\n"Quote ""x"", then",,"two\nlines"\n', csv, []],
    ['too few fields', 'instruction,input,output\na,,b\nc,d\n', csv, ['3 error csv-syntax ‹c,d›']],
    ['a quote that is not closed', 'instruction,input,output\na,,b\nc,,"d\n', csv, ['3 error csv-syntax ‹c›']],
    ['semicolons', 'instruction;input;output\na;;b\n', csv, ['1 error csv-syntax ‹i›']],
    ['an empty answer', 'instruction,input,output\na,,b\nc,,\n', csv, ['3 error empty-response ‹›']],
    ['a word that stands for nothing', 'instruction,input,output\na,,b\nc,,NA\n', csv, ['3 error response-not-string ‹NA›']],
    ['numbers alone', 'instruction,input,output\na,,1\nc,,2\n', csv, ['2 error response-not-string ‹1›', '3 error response-not-string ‹2›']],
    ['numbers among words', 'instruction,input,output\na,,1\nc,,two\n', csv, []],
    ['a header alone', 'instruction,input,output\n', csv, ['1 error empty-data-file ‹›']],
    ['nothing at all', '', csv, ['1 error empty-data-file ‹›']],
    ['lines of text', 'a\n\na\n* * *\n* * *\n', { file: 'rows.txt', stage: 'pt', entry: { columns: { prompt: 'text' } } }, []],
    ['damage in lines of text', 'a\nca\ufffd\n', { file: 'rows.txt', stage: 'pt', entry: { columns: { prompt: 'text' } } }, ['2 warning broken-text ‹\ufffd›']],
    ['a header with other names', 'question,answer\na,b\n', csv, ['1 error missing-field ‹q›', '1 error missing-field ‹q›', '1 error missing-field ‹q›']],
    ['text read as flat rows', 'a\nb\n', { file: 'rows.txt' }, ['1 error missing-field ‹a›', '1 error missing-field ‹a›', '1 error missing-field ‹a›']],
  ]); // prettier-ignore
});

test('rows of parquet are told by their number', async () => {
  const columnData = [
    { name: 'instruction', data: ['a', 'b', 'c'] },
    { name: 'input', data: ['', '', ''] },
    { name: 'output', data: ['x', null, '<|im_end|>'] },
  ];
  const found = await findings(new Uint8Array(parquetWriteBuffer({ columnData })), { file: 'rows.parquet' });
  expect(found.map(({ line, code }) => [line, code])).toEqual([
    [2, 'response-not-string'],
    [3, 'special-token-in-text'],
  ]);
});

test('a check tells how far it is, and stops when it is told to', async () => {
  const row = { ...good, output: 'word '.repeat(200) };
  const content = jsonl(...Array.from({ length: 3000 }, (_, i) => ({ ...row, instruction: `Question ${i}` })));
  const steps: [bytes: number, rows: number][] = [];
  await findings(content, { options: { progress: (bytes, rows) => steps.push([bytes, rows]) } });
  expect(steps.length).toBeGreaterThan(2);
  expect(steps.at(-1)).toEqual([content.length, 3000]);

  const stop = new AbortController();
  const options = { signal: stop.signal, progress: () => stop.abort() };
  await expect(findings(content, { options })).rejects.toThrow(/abort/i);
});
