// Recipe keys: evaluation, benchmark, generation. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const evaluationArguments = {
  // evaluation
  eval_num_beams: key<number | null>('int', null, 'Beam count for generation during evaluation.', {
    group: 'evaluation',
    onlyWith: ['predict_with_generate'],
    support: 'later',
  }),
  eval_on_each_dataset: key<boolean>('bool', false, 'Report metrics for each evaluation set by itself.', {
    group: 'evaluation',
    onlyWith: ['eval_dataset'],
    support: 'later',
  }),
  eval_strategy: key<string>('string', 'no', 'When evaluation runs.', {
    group: 'evaluation',
    choices: ['no', 'steps', 'epoch'],
    support: 'built',
  }),
  eval_steps: key<number | null>('float', null, 'Steps between evaluations; a value below 1 is a share of all steps.', {
    group: 'evaluation',
    onlyWith: ['eval_strategy', 'steps'],
    support: 'built',
  }),
  eval_delay: key<number>('float', 0, 'Epochs or steps to wait before the first evaluation.', {
    group: 'evaluation',
    support: 'later',
  }),
  per_device_eval_batch_size: key<number>('int', 8, 'Examples per device in one evaluation pass.', {
    group: 'evaluation',
    support: 'built',
  }),
  prediction_loss_only: key<boolean>('bool', false, 'Return the loss only in evaluation and prediction.', {
    group: 'evaluation',
    onlyWith: ['compute_accuracy'],
    support: 'later',
  }),
  eval_on_start: key<boolean>('bool', false, 'Evaluate once before the first step.', {
    group: 'evaluation',
    support: 'built',
  }),
  eval_do_concat_batches: key<boolean>('bool', true, 'Join outputs of evaluation batches into one array.', {
    group: 'evaluation',
    support: 'no-effect',
    because: 'it is a detail of the Trainer',
  }),
  eval_use_gather_object: key<boolean>('bool', false, 'Gather nested Python objects from all devices.', {
    group: 'evaluation',
    support: 'no-effect',
    because: 'one device evaluates',
  }),
  eval_accumulation_steps: key<number | null>('int', null, 'Move outputs to the CPU after so many prediction steps.', {
    group: 'evaluation',
    support: 'no-effect',
    because: 'it is a detail of PyTorch',
  }),
  include_for_metrics: key<readonly string[]>('string[]', [], 'Further data handed to the metric function.', {
    group: 'evaluation',
    support: 'no-effect',
    because: 'it is a detail of the Trainer',
  }),
  batch_eval_metrics: key<boolean>('bool', false, 'Compute metrics batch by batch to save memory.', {
    group: 'evaluation',
    support: 'no-effect',
    because: 'metrics are always summed up batch by batch',
  }),
  do_eval: key<boolean>('bool', false, 'Run evaluation after training.', { group: 'evaluation', support: 'built' }),
  do_predict: key<boolean>('bool', false, 'Generate answers for the evaluation set and save them.', {
    group: 'evaluation',
    support: 'later',
  }),
  predict_with_generate: key<boolean>('bool', false, 'Generate text in evaluation to compute BLEU and ROUGE.', {
    group: 'evaluation',
    stages: ['sft'],
    support: 'later',
  }),
  generation_max_length: key<number | null>('int', null, 'Length limit of generation in evaluation.', {
    group: 'evaluation',
    onlyWith: ['predict_with_generate'],
    support: 'later',
  }),
  generation_num_beams: key<number | null>('int', null, 'Beam count of generation in evaluation.', {
    group: 'evaluation',
    onlyWith: ['predict_with_generate'],
    support: 'later',
  }),
  generation_config: key<string | Readonly<Record<string, unknown>> | null>(
    'string|object',
    null,
    'Generation configuration to load for evaluation.',
    { group: 'evaluation', onlyWith: ['predict_with_generate'], support: 'later' },
  ),
  compute_accuracy: key<boolean>('bool', false, 'Report token accuracy in evaluation.', {
    group: 'evaluation',
    support: 'built',
  }),
  // benchmark
  task: key<string | null>('string', null, 'Benchmark and split, as name_split.', {
    group: 'benchmark',
    required: true,
    support: 'later',
  }),
  task_dir: key<string>('string', 'evaluation', 'Folder of the benchmark data.', {
    group: 'benchmark',
    support: 'later',
  }),
  batch_size: key<number>('int', 4, 'Questions answered at once.', {
    group: 'benchmark',
    support: 'later',
  }),
  lang: key<string>('string', 'en', 'Language of the question prompt.', {
    group: 'benchmark',
    choices: ['en', 'zh'],
    support: 'later',
  }),
  n_shot: key<number>('int', 5, 'Worked examples in front of each question.', {
    group: 'benchmark',
    support: 'later',
  }),
  save_dir: key<string | null>('string', null, 'Folder for the scores; must not exist yet.', {
    group: 'benchmark',
    support: 'later',
  }),
  download_mode: key<string>('string', 'reuse_dataset_if_exists', 'Whether benchmark data are downloaded anew.', {
    group: 'benchmark',
    choices: ['reuse_dataset_if_exists', 'reuse_cache_if_exists', 'force_redownload'],
    support: 'later',
  }),
  // generation
  do_sample: key<boolean>('bool', true, 'Sample the next token; false takes the likeliest one.', {
    group: 'generation',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  temperature: key<number>('float', 0.95, 'Flattens (above 1) or sharpens (below 1) the distribution.', {
    group: 'generation',
    onlyWith: ['do_sample'],
    support: 'no-effect',
    because: 'it is for inference',
  }),
  top_p: key<number>('float', 0.7, 'Sample from the smallest set of tokens with this total probability.', {
    group: 'generation',
    onlyWith: ['do_sample'],
    support: 'no-effect',
    because: 'it is for inference',
  }),
  top_k: key<number>('int', 50, 'Sample from this many likeliest tokens.', {
    group: 'generation',
    onlyWith: ['do_sample'],
    support: 'no-effect',
    because: 'it is for inference',
  }),
  num_beams: key<number>('int', 1, 'Beams of beam search; 1 turns it off.', {
    group: 'generation',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  max_length: key<number>('int', 1024, 'Limit of prompt plus answer; used only where max_new_tokens is not positive.', {
    group: 'generation',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  max_new_tokens: key<number>('int', 1024, 'Limit of the answer in tokens.', { group: 'generation', support: 'built' }),
  repetition_penalty: key<number>('float', 1.0, 'Values above 1 make tokens that occurred less likely.', {
    group: 'generation',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  length_penalty: key<number>('float', 1.0, 'Values above 0 favour longer answers in beam search.', {
    group: 'generation',
    support: 'no-effect',
    because: 'it is for inference',
  }),
  skip_special_tokens: key<boolean>('bool', true, 'Leave special tokens out of the text.', {
    group: 'generation',
    support: 'no-effect',
    because: 'it is for inference',
  }),
} as const;
