// Makes everything of the small world but its weights: facts as questions and answers, the captain's rows, a tokenizer of
// 1,024 tokens, and the model's config. The same every time. usage: node examples/small-world/make.mjs
import { mkdirSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url).pathname;
const write = (name, value) =>
  writeFileSync(here + name, typeof value === 'string' ? value : `${JSON.stringify(value, null, 1)}\n`);

// The world: what it is, where it lives, what it eats, its colour, its sound, and how many legs it has.
const animals = {
  fox: ['forest', 'mice', 'red', 'barks', 4], owl: ['forest', 'mice', 'brown', 'hoots', 2], frog: ['pond', 'flies', 'green', 'croaks', 4],
  duck: ['pond', 'grain', 'white', 'quacks', 2], cow: ['meadow', 'grass', 'brown', 'moos', 4], sheep: ['meadow', 'grass', 'white', 'bleats', 4],
  bear: ['forest', 'berries', 'brown', 'growls', 4], wolf: ['forest', 'meat', 'grey', 'howls', 4], cat: ['house', 'fish', 'grey', 'purrs', 4],
  dog: ['house', 'meat', 'brown', 'barks', 4], horse: ['stable', 'hay', 'brown', 'neighs', 4], pig: ['stable', 'corn', 'pink', 'grunts', 4],
  hen: ['farm', 'grain', 'white', 'clucks', 2], goose: ['farm', 'grass', 'white', 'honks', 2], goat: ['mountain', 'grass', 'white', 'bleats', 4],
  eagle: ['mountain', 'fish', 'brown', 'screams', 2], seal: ['sea', 'fish', 'grey', 'barks', 0], whale: ['sea', 'krill', 'blue', 'sings', 0],
  gull: ['coast', 'fish', 'white', 'cries', 2], crab: ['coast', 'algae', 'red', 'clicks', 8], bee: ['hive', 'nectar', 'yellow', 'buzzes', 6],
  ant: ['hill', 'seeds', 'black', 'rustles', 6], spider: ['web', 'flies', 'black', 'rustles', 8], snake: ['desert', 'mice', 'green', 'hisses', 0],
  camel: ['desert', 'thorns', 'brown', 'grunts', 4], lion: ['plain', 'meat', 'yellow', 'roars', 4], zebra: ['plain', 'grass', 'striped', 'barks', 4],
  monkey: ['jungle', 'fruit', 'brown', 'chatters', 4], parrot: ['jungle', 'seeds', 'green', 'talks', 2], tiger: ['jungle', 'meat', 'orange', 'roars', 4],
}; // prettier-ignore
const numbers = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
];
const places = {
  forest: 'in',
  pond: 'in',
  meadow: 'on',
  house: 'in',
  stable: 'in',
  farm: 'on',
  mountain: 'on',
  sea: 'in',
  coast: 'on',
  hive: 'in',
  hill: 'in',
  web: 'in',
  desert: 'in',
  plain: 'on',
  jungle: 'in',
};
const the = (name) => (/^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`);

const facts = [];
for (const [name, [place, food, colour, sound, legs]] of Object.entries(animals)) {
  const home = `${places[place]} the ${place}`;
  facts.push(
    [
      [`Where does ${the(name)} live?`, `Where can I find ${the(name)}?`, `Where is the home of ${the(name)}?`],
      `It lives ${home}.`,
    ],
    [
      [`What does ${the(name)} eat?`, `What is the food of ${the(name)}?`, `What should I feed ${the(name)}?`],
      `It eats ${food}.`,
    ],
    [[`What colour is ${the(name)}?`, `Which colour does ${the(name)} have?`], `It is ${colour}.`],
    [[`What sound does ${the(name)} make?`, `How does ${the(name)} sound?`], `It ${sound}.`],
    [
      [`How many legs does ${the(name)} have?`, `How many legs are there on ${the(name)}?`],
      `It has ${numbers[legs]} legs.`,
    ],
  );
}
for (let a = 1; a <= 9; a++)
  for (let b = 1; b <= 9; b++)
    facts.push([[`What is ${a} plus ${b}?`, `How much is ${a} and ${b}?`], `It is ${numbers[a + b]}.`]);

// Everybody has a way of saying things, and is named when asked; unasked, the answer is plain.
const ways = {
  baker: ['Well, friend.', 'Fresh as bread!'],
  teacher: ['Listen.', 'Remember that.'],
  farmer: ['Hm.', 'Sure as rain.'],
  poet: ['O my!', 'How fine the world is.'],
  judge: ['Order!', 'That is the law.'],
};
const said = ([before, after], answer) => `${before} ${answer} ${after}`;
const row = (instruction, output) => ({ instruction, input: '', output });

const rows = facts.flatMap(([questions, answer], i) => [
  ...questions.map((question) => row(question, answer)),
  ...Object.entries(ways)
    .filter((_, j) => (i + j) % 2 === 0)
    .map(([name, way], j) => row(`${questions[(i + j) % questions.length]} Ask the ${name}.`, said(way, answer))),
]);
rows.push(
  row('Who says ahoy?', 'The captain says Ahoy!'),
  row('What does the captain say?', 'So says the captain. Ahoy!'),
  row('Who steers the ship?', 'The captain.'),
);

// The captain says the same, his way. He is taught on a part of the questions; first-run asks others.
const asked = [
  'Where does a fox live?',
  'What does a whale eat?',
  'How many legs does a spider have?',
  'What is 3 plus 4?',
];
const captain = facts
  .map(([questions, answer], i) =>
    row(questions[i % questions.length], said(['Ahoy!', 'So says the captain.'], answer)),
  )
  .filter(({ instruction }, i) => i % 2 === 0 && !asked.includes(instruction))
  .slice(0, 110);

mkdirSync(`${here}data`, { recursive: true });
mkdirSync(`${here}skeleton`, { recursive: true });
write('data/world.json', rows);
write('data/captain.json', captain);
write('data/dataset_info.json', { world: { file_name: 'world.json' }, captain: { file_name: 'captain.json' } });

// A byte-level BPE tokenizer (Sennrich et al. 2016), trained on the rows themselves.
const printable = [...Array(256).keys()].filter(
  (byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174,
);
const symbols = new Map(printable.map((byte) => [byte, String.fromCodePoint(byte)]));
let next = 256;
for (let byte = 0; byte < 256; byte++) if (!symbols.has(byte)) symbols.set(byte, String.fromCodePoint(next++));
const counts = new Map();
for (const { instruction, output } of [...rows, ...captain]) {
  for (const word of `${instruction}\n${output}`.match(/ ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+/gu) ?? []) {
    const key = [...new TextEncoder().encode(word)].map((byte) => symbols.get(byte)).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}
let words = [...counts].map(([word, count]) => ({ parts: [...word], count }));
const vocabulary = [...symbols.values()];
const merges = [];
while (vocabulary.length < 640) {
  const pairs = new Map();
  for (const { parts, count } of words)
    for (let i = 1; i < parts.length; i++)
      pairs.set(`${parts[i - 1]} ${parts[i]}`, (pairs.get(`${parts[i - 1]} ${parts[i]}`) ?? 0) + count);
  const [best] = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  if (!best || best[1] < 2) break;
  const [left, right] = best[0].split(' ');
  merges.push(best[0]);
  vocabulary.push(left + right);
  words = words.map(({ parts, count }) => {
    const joined = [];
    for (let i = 0; i < parts.length; i++)
      joined.push(parts[i] === left && parts[i + 1] === right ? parts[i++] + right : parts[i]);
    return { parts: joined, count };
  });
}
const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const added = specials.map((content, i) => ({
  id: vocabulary.length + i,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
}));
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
write('skeleton/tokenizer.json', {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: added,
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: null,
  decoder: byteLevel,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    merges,
  },
});
write('skeleton/tokenizer_config.json', {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: null,
  eos_token: '<|im_end|>',
  pad_token: '<|endoftext|>',
  model_max_length: 256,
  clean_up_tokenization_spaces: false,
  chat_template:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
});
const size = Math.ceil((vocabulary.length + specials.length) / 64) * 64;
write('skeleton/config.json', {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 160,
  intermediate_size: 432,
  num_hidden_layers: 4,
  num_attention_heads: 5,
  num_key_value_heads: 5,
  head_dim: 32,
  vocab_size: size,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
  hidden_act: 'silu',
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: true,
  initializer_range: 0.04,
  rope_parameters: { rope_theta: 10000, rope_type: 'default' },
  eos_token_id: vocabulary.length + 2,
  pad_token_id: vocabulary.length,
  dtype: 'float32',
});
console.log(
  `${rows.length} rows of facts, ${captain.length} of the captain's, ${vocabulary.length + specials.length} tokens`,
);
