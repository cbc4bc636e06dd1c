// Rules by their meaning: what the corpus has no example of. Each recipe has one defect, or none, and that is all that is told.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesIn } from '../../files.ts';
import { checkRecipe } from '../check.ts';
import { isCommand } from '../which-command.ts';

const files = filesIn(join(import.meta.dirname, '../../../tests/corpus/recipes'));

type Keys = Readonly<Record<string, string | null>>;

const base: Keys = { model_name_or_path: 'Qwen/Qwen2.5-1.5B-Instruct', stage: 'sft', do_train: 'true', finetuning_type: 'lora', lora_rank: '16', lora_target: 'all', dataset: 'support_chat', template: 'qwen', cutoff_len: '2048', output_dir: 'saves/x', per_device_train_batch_size: '2', learning_rate: '1.0e-4', num_train_epochs: '3.0', bf16: 'true' }; // prettier-ignore

/** null: nothing of the base recipe. A key with null is left out, others replace its values; the text goes behind. */
type Variant = readonly [name: string, keys: Keys | null, text: string, codes: string];

const write = (keys: Keys | null): string =>
  keys === null ? '' : Object.entries({ ...base, ...keys }).filter(([, value]) => value !== null).map(([key, value]) => `${key}: ${value}\n`).join(''); // prettier-ignore

const told = (text: string, words: readonly string[] = [], command?: string): string[] =>
  checkRecipe(text, 'r.yaml', words, {
    files,
    command: command !== undefined && isCommand(command) ? command : undefined,
  })
    .findings.filter(({ severity }) => severity === 'error' || severity === 'warning')
    .map(({ code }) => code);

const variants: readonly Variant[] = [
 ['save_steps quoted',{},'save_steps: "500"\n','wrong-type'],['bool yes quoted',{},'plot_loss: "yes"\n','boolean-like-string'],['1.5 epochs ok',{num_train_epochs:'1.5'},'',''],['lora_rank 8.5',{lora_rank:'8.5'},'','wrong-type'],
 ['max_samples 1e4',{},'max_samples: 1e4\n','wrong-type'],['val_size neg',{},'val_size: -0.1\n','out-of-range'],['lora_dropout 1.5',{},'lora_dropout: 1.5\n','out-of-range'],['warmup neg',{},'warmup_steps: -5\n','out-of-range'],
 ['lr percent',{learning_rate:'1%'},'','wrong-type'],['cutoff 4k',{cutoff_len:'4k'},'','wrong-type'],['seed 08',{},'seed: 08\n','wrong-type|yaml-value-surprise'],['time 1:30',{},'max_steps: 1:30\n','yaml-value-surprise'],['rev 4712e88',{},'model_revision: 4712e88\n','yaml-value-surprise'],
 ['rev 0123',{},'model_revision: 0123\n','yaml-value-surprise'],['save no',{},'save_strategy: no\n','yaml-value-surprise'],['eval off',{},'eval_strategy: off\n','yaml-value-surprise'],['run_name yes',{},'run_name: yes\n','yaml-value-surprise'],['report None',{},'report_to: None\n','yaml-value-surprise|invalid-enum'],['max_samples None',{},'max_samples: None\n','yaml-value-surprise|wrong-type'],
 ['resume None',{},'resume_from_checkpoint: None\n','yaml-value-surprise'],['dataset list with map',{dataset:'[support_chat, {a: 1}]'},'','wrong-type|unknown-dataset'],['dataset null',{dataset:''},'','missing-required-key'],['template null ok',{template:''},'',''],['dup dataset',{dataset:'support_chat,support_chat'},'','duplicate-dataset'],
 ['dup key',{},'seed: 1\nseed: 2\n','duplicate-key'],['top list',null,'- a: 1\n','top-level-not-mapping'],['empty',null,'','top-level-not-mapping'],['word',null,'hello\n','top-level-not-mapping'],['optim typo',{},'optim: adamw_troch\n','invalid-enum'],['quant method',{},'quantization_bit: 4\nquantization_method: bitsandbytes\n','invalid-enum'],
 ['flash fa4',{},'flash_attn: flash_attention_2\n','invalid-enum'],['a key with a number',{},'stage2: 1\n','unknown-key'],['mix',{},'mix_strategy: interleave\n','invalid-enum'],['interleave sum',{dataset:'support_chat,faq_sharegpt'},'mix_strategy: interleave_under\ninterleave_probs: 0.7,0.5\n','interleave-probs-sum'],['interleave concat',{dataset:'support_chat,faq_sharegpt'},'interleave_probs: 0.5,0.5\n','interleave-probs-with-concat'],
 ['stream nosteps',{},'streaming: true\n','streaming-needs-max-steps'],['stream maxsamples',{},'streaming: true\nmax_steps: 5\nmax_samples: 3\n','streaming-max-samples'],['val+eval',{},'val_size: 0.1\neval_dataset: support_eval\n','val-size-with-eval-dataset'],['eval no data',{},'do_eval: true\n','eval-needs-data'],['predict no gen',{},'do_predict: true\neval_dataset: support_eval\n','predict-needs-generate'],
 ['gen dpo',{stage:'dpo',dataset:'pref_pairs'},'predict_with_generate: true\neval_dataset: pref_pairs\n','sft-only-key'],['neat rm',{stage:'rm',dataset:'pref_pairs'},'neat_packing: true\n','sft-only-key'],['best rm',{stage:'rm',dataset:'pref_pairs'},'load_best_model_at_end: true\nval_size: 0.1\neval_strategy: steps\neval_steps: 500\n','load-best-stage'],['best strat',{},'load_best_model_at_end: true\nval_size: 0.1\neval_strategy: epoch\n','load-best-strategy'],
 ['plateau',{},'lr_scheduler_type: reduce_lr_on_plateau\n','plateau-needs-eval'],['ppo no reward',{stage:'ppo'},'','missing-required-key'],['ppo report',{stage:'ppo'},'reward_model: r\nreport_to: mlflow\n','ppo-report-to'],['ppo no train',{stage:'ppo',do_train:'false'},'reward_model: r\n','ppo-needs-training'],['pissa dpo',{stage:'dpo',dataset:'pref_pairs'},'pissa_init: true\n','pissa-stage'],['pissa q',{},'pissa_init: true\nquantization_bit: 4\n','pissa-quantized'],
 ['dora full',{finetuning_type:'full',lora_rank:null,lora_target:null},'use_dora: true\n','lora-only-key'],['llama pro full',{finetuning_type:'full',lora_rank:null,lora_target:null,learning_rate:'1e-5'},'use_llama_pro: true\n','llama-pro-full'],['galore lora',{},'use_galore: true\npure_bf16: true\n','optimizer-conflict'],['galore+badam',{finetuning_type:'full',lora_rank:null,lora_target:null,learning_rate:'1e-5'},'use_galore: true\nuse_badam: true\npure_bf16: true\n','optimizer-conflict'],
 ['resize untrained',{},'resize_vocab: true\n','resize-vocab-untrained'],['two adapters q',{},'adapter_name_or_path: a,b\nquantization_bit: 4\n','quantized-adapter-limit'],['zero3 bf16',{},'pure_bf16: true\ndeepspeed: ds/zero3.json\n','zero3-conflict'],['infer backend',{},'infer_backend: vllm\n','infer-backend-in-training'],['device map',{},'quantization_bit: 4\nquantization_device_map: auto\n','device-map-in-training'],['prefetch',{},'dataloader_prefetch_factor: 2\n','prefetch-needs-workers'],
 ['fp8',{},'fp8: true\nquantization_bit: 4\n','fp8-quantization'],['no task',{do_train:null},'','no-task-enabled'],['lora with full',{finetuning_type:'full',lora_target:null,learning_rate:'1e-5'},'','no-effect-key'],['buffer',{},'buffer_size: 10\n','no-effect-key'],['pref_beta sft',{},'pref_beta: 0.1\n','no-effect-key'],['warmup_ratio',{},'warmup_ratio: 0.1\n','deprecated-key'],['lr lora 1.0',{learning_rate:'1.0'},'','unusual-learning-rate'],['lr tiny',{learning_rate:'1e-12'},'','unusual-learning-rate'],['lr neg',{learning_rate:'-1e-4'},'','out-of-range'],
 ['thumbs in sft',{dataset:'thumbs'},'','dataset-stage-mismatch'],['plain in kto',{stage:'kto'},'','dataset-stage-mismatch'],['dir missing',{},'dataset_dir: datas\n','dataset-info-missing'],['template case',{template:'Qwen'},'','unknown-template'],['template mismatch',{template:'gemma2'},'','template-model-mismatch'],['local path',{model_name_or_path:'models/tiny-lama'},'','path-not-found'],['local ok',{model_name_or_path:'models/tiny-llama',template:'llama3'},'',''],
 ['nbsp',{template:'qwen\u00a0'},'','invisible-character'],['zwsp num',{lora_rank:'1\u200b6'},'','invisible-character'],['fullwidth num',{lora_rank:'１６'},'','invisible-character|wrong-type'],['fullwidth comma',{dataset:'support_chat，faq_sharegpt'},'','invisible-character|unknown-dataset'],['fw colon',{},'seed：42\n','invisible-character|yaml-syntax'],['curly quotes',{template:'“qwen”'},'','unknown-template|invisible-character'],
 ['missing space',{},'seed:42\n','yaml-syntax'],['bad indent',{},'  seed: 42\n','yaml-syntax'],['unclosed [',{lora_target:'[q_proj, v_proj'},'','yaml-syntax'],['alias',{lora_target:'*all'},'','yaml-syntax'],['percent',{run_name:'%x'},'','yaml-syntax'],['at',{hf_hub_token:'@x'},'','yaml-syntax'],['backslash dq',{output_dir:'"D:\\out\\x"'},'','yaml-syntax'],
 ['full-width brackets',{lora_target:'【q_proj】'},'',''],['hash no space',{lora_rank:'16#comment'},'','wrong-type'],['bool 1',{bf16:'1'},'','wrong-type'],['string true',{output_dir:'true'},'','wrong-type'],['list single',{template:'[qwen]'},'','wrong-type'],['mapping lora_target',{lora_target:'{a: b}'},'','wrong-type'],['quoted false flash',{},'flash_attn: "false"\n','invalid-enum'],['trailing comma',{dataset:'support_chat,'},'','unknown-dataset'],
 ['anchor',{},'x: &a 1\n','unknown-key'],['max_steps 0.5',{},'max_steps: 0.5\n','wrong-type'],['neg batch',{per_device_train_batch_size:'-1'},'','out-of-range'],['vllm_gpu 1.2',{},'vllm_gpu_util: 1.2\n','out-of-range'],['top_p 2',{},'top_p: 2\n','out-of-range'],['packing pt ok',{stage:'pt',dataset:'prose',template:null},'packing: true\n',''],['constant warmup',{},'lr_scheduler_type: constant\nwarmup_steps: 10\n','no-effect-key'],['epochs+steps',{},'max_steps: 10\n',''],['packing dpo',{stage:'dpo',dataset:'pref_pairs'},'packing: true\n','no-effect-key'],['rope ntk',{},'rope_scaling: NTK\n','invalid-enum'],
 ['null schedule',{},'lr_scheduler_type:\n','wrong-type'],['null rank',{lora_rank:''},'','wrong-type'],['null switch ok',{},'plot_loss:\n',''],['json text cut off',{},"lr_scheduler_kwargs: '{\"num_cycles\": 2'\n",'wrong-type'],['json text of a file key',{},"fsdp: full_shard\nfsdp_config: '{a'\n",'wrong-type'],['mapping file false',{},'deepspeed: false\n','wrong-type'],
 ['output_dir number',{output_dir:'2024'},'','wrong-type'],['metric number',{},'metric_for_best_model: 1\n','wrong-type'],['adapter false',{},'adapter_name_or_path: false\n','wrong-type'],['probs false',{},'interleave_probs: false\n','wrong-type'],['nbsp in a list',{lora_target:null},'lora_target:\n  - q_proj\n  - v_proj\u00a0\n','invisible-character'],['curly quotes of a path',{output_dir:'“saves/x”'},'','invisible-character'],['blank in quotes',{template:'"qwen "'},'','unknown-template'],
 ['comma in the middle',{dataset:'support_chat,,faq_sharegpt'},'','unknown-dataset'],['tokens added untrained',{},'add_tokens: "<a>,<b>"\n','resize-vocab-untrained'],['head alone trained',{},'resize_vocab: true\nadditional_target: lm_head\n','resize-vocab-untrained'],['embeddings trained',{},'resize_vocab: true\nadditional_target: embed_tokens,lm_head\n',''],['stops early without evaluation',{},'early_stopping_steps: 3\n','missing-required-key'],
 ['stops early by nothing',{},'early_stopping_steps: 3\nval_size: 0.1\neval_strategy: steps\n','missing-required-key'],['stops early ok',{},'early_stopping_steps: 3\nval_size: 0.1\neval_strategy: steps\nmetric_for_best_model: loss\n',''],['no layer trained',{finetuning_type:'freeze',lora_rank:null,lora_target:null,learning_rate:'1e-5'},'freeze_trainable_layers: 0\n','out-of-range'],['8 bits placed',{},'quantization_bit: 8\nquantization_device_map: auto\n','device-map-in-training'],
 ['old key, what follows untold',{},'evaluation_strategy: steps\n','renamed-key'],['slip, what follows untold',{},'fp_16: true\n','unknown-key'],['key of transformers 4',{},'no_cuda: true\n','renamed-key'],['warm-up share above 1',{},'warmup_ratio: 1.5\n','out-of-range|deprecated-key'],['thinking off for a plain model',{},'enable_thinking: false\n','no-effect-key'],['one dataset mixed',{},'mix_strategy: interleave_under\n','no-effect-key'],['log steps by epoch',{},'logging_strategy: epoch\nlogging_steps: 5\n','no-effect-key'],
]; // prettier-ignore

test.each([
  ['quotes that go on at the margin', `${write({})}default_system: "Be kind.\nBe short."\nrun_name: 'a\n'\n`, []],
  [
    'quotes in a list that go on at the margin',
    `${write({ lora_target: null })}lora_target: [q_proj, "v_\nproj"]\n`,
    [],
  ],
  ['a quote that never closes', `${write({})}run_name: "a\nseed: 1\ndefault_system: "b"\n`, ['yaml-syntax']],
  ['a tab before brackets', '\t{stage: sft}\n', ['yaml-syntax']],
  [
    'a line separator in a text block',
    `${write({})}default_system: |\n  You are \u2028kind.\n`,
    ['invisible-character'],
  ],
  ['an interpolation in a nested key', `${write({})}lr_scheduler_kwargs:\n  a\${b: 1\n`, []],
  ['a control character spoils its line alone', `${write({})}seed: 1\0\n`, ['yaml-syntax']],
  ['a key of another command, with a value', `${write({})}export_size: 7\n`, ['no-effect-key']],
])('%s', (_, text, codes) => expect(told(text)).toEqual(codes));

test('a carriage return alone ends a line', () => expect(told(write({}).replaceAll('\n', '\r'))).toEqual([]));

test.each(variants)('%s', (_, keys, text, wanted) => {
  const codes = told(write(keys) + text);
  if (wanted === '') expect(codes).toEqual([]);
  else expect([codes.length, wanted.split('|')]).toEqual([1, expect.arrayContaining(codes)]);
});

const load = 'model_name_or_path: Qwen/Qwen2.5-1.5B-Instruct\ntemplate: qwen\n';

describe('other commands', () => {
  test.each([
    ['export', load, 'missing-required-key'],
    ['export', `${load}export_dir: out\nadapter_name_or_path: a\nexport_quantization_bit: 4\nexport_quantization_dataset: data/calib.json\n`, 'export-adapter-quantize'],
    ['export', `${load}export_dir: out\nexport_quantization_bit: 4\n`, 'export-quantization-dataset'],
    ['export', `${load}export_dir: out\nexport_quantization_bit: 5\nexport_quantization_dataset: data/calib.json\n`, 'out-of-range'],
    ['chat', `${load}infer_backend: vllm\nrope_scaling: linear\n`, 'vllm-conflict'],
    ['chat', `${load}infer_backend: vllm\nadapter_name_or_path: a,b\n`, 'vllm-conflict'],
    ['api', `${load}infer_backend: vlm\n`, 'invalid-enum'],
    ['chat', `${load}warmup_steps: 5\n`, 'key-of-other-command'],
    ['chat', `${load}vllm_maxlen: 2048\n`, 'no-effect-key'],
    ['eval', `${load}n_shot: 5\n`, 'missing-required-key'],
    ['eval', `${load}task: mmlu_test\ntemperature: 0.5\n`, 'key-of-other-command'],
  ])('%s: %s', (command, text, code) => expect(told(text, [], command)).toEqual([code])); // prettier-ignore

  test('a first comment names it, with variables in front', () => {
    expect(told(`# CUDA_VISIBLE_DEVICES=0 llamafactory-cli export merge.yaml\n${load}`)).toEqual([
      'missing-required-key',
    ]);
  });
});

describe('the command line', () => {
  test.each([
    ['learning_rate=fast', 'wrong-type'], ['stage=SFT', 'invalid-enum'], ['dataset=support_chats', 'unknown-dataset'], ['fp16=true', 'fp16-and-bf16'], ['lora_rnk=8', 'unknown-key'],
    ['eval_strategy=no', 'yaml-value-surprise'], ['words', 'override-syntax'], ['lora_rank=0', 'out-of-range'],
  ])('%s', (word, code) => expect(told(write({}), [word])).toEqual([code])); // prettier-ignore

  test('a good value takes the place of a bad one', () => {
    expect(told(write({ learning_rate: 'fast' }), ['learning_rate=1e-4'])).toEqual([]);
  });
});
