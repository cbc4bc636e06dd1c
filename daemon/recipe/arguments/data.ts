// Recipe keys: data, multimodal. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const dataArguments = {
  // data
  template: key<string | null>(
    'string',
    null,
    "Chat template that turns messages into text; null takes the tokenizer's own, or plain text.",
    { group: 'data', support: 'built' },
  ),
  dataset: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Training data sets, by their names in dataset_info.json.',
    { group: 'data', strictText: true, separator: ',', support: 'built' },
  ),
  eval_dataset: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Evaluation data sets, by their names in dataset_info.json.',
    { group: 'data', strictText: true, separator: ',', support: 'built' },
  ),
  dataset_dir: key<string>(
    'string',
    'data',
    'Folder of dataset_info.json; REMOTE:<repo> reads it from the hub, ONLINE skips it.',
    { group: 'data', support: 'built' },
  ),
  media_dir: key<string | null>('string', null, 'Folder that relative image, video and audio paths start from.', {
    group: 'data',
    support: 'no-effect',
    because: 'text only',
  }),
  cutoff_len: key<number>('int', 2048, 'Longest example in tokens; longer ones are cut.', {
    group: 'data',
    support: 'built',
  }),
  train_on_prompt: key<boolean>('bool', false, 'Learn the prompt tokens too, not only the answers.', {
    group: 'data',
    stages: ['sft'],
    support: 'built',
  }),
  mask_history: key<boolean>('bool', false, 'Learn the last answer of each conversation only.', {
    group: 'data',
    stages: ['sft'],
    support: 'built',
  }),
  streaming: key<boolean>('bool', false, 'Read the data as a stream instead of converting all of it first.', {
    group: 'data',
    support: 'built',
  }),
  buffer_size: key<number>('int', 16384, 'Shuffle window of a stream, in examples.', {
    group: 'data',
    onlyWith: ['streaming'],
    support: 'built',
  }),
  mix_strategy: key<string>(
    'string',
    'concat',
    'How several data sets are combined: one after another, or interleaved.',
    { group: 'data', choices: ['concat', 'interleave_under', 'interleave_over', 'interleave_once'], support: 'built' },
  ),
  interleave_probs: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Sampling share of each data set when interleaving.',
    { group: 'data', strictText: true, separator: ',', support: 'built' },
  ),
  overwrite_cache: key<boolean>('bool', false, 'Preprocess again even if a cached result exists.', {
    group: 'data',
    support: 'built',
  }),
  preprocessing_batch_size: key<number>(
    'int',
    1000,
    'Rows handled together in preprocessing; packing works inside one such group.',
    { group: 'data', support: 'built' },
  ),
  preprocessing_num_workers: key<number | null>('int', null, 'How many CPU processes convert and tokenise the data.', {
    group: 'data',
    support: 'built',
  }),
  max_samples: key<number | null>('int', null, 'Use at most this many rows of each data set.', {
    group: 'data',
    support: 'built',
  }),
  ignore_pad_token_for_loss: key<boolean>('bool', true, 'Leave padding out of the loss in evaluation and prediction.', {
    group: 'data',
    support: 'no-effect',
    because: 'padding is never trained',
  }),
  val_size: key<number>('float', 0.0, 'Rows (>= 1) or share (< 1) split off the training data for evaluation.', {
    group: 'data',
    support: 'built',
  }),
  packing: key<boolean | null>('bool', null, 'Join short examples up to cutoff_len.', {
    group: 'data',
    support: 'built',
  }),
  neat_packing: key<boolean>('bool', false, 'Pack, and keep packed examples from attending to each other.', {
    group: 'data',
    stages: ['sft'],
    support: 'built',
  }),
  tool_format: key<string | null>('string', null, 'Override how tools and tool calls are written.', {
    group: 'data',
    support: 'built',
  }),
  default_system: key<string | null>(
    'string',
    null,
    "System message for rows without one, in place of the template's.",
    { group: 'data', freeText: true, support: 'built' },
  ),
  enable_thinking: key<boolean | null>(
    'bool',
    true,
    'Reasoning templates: true learns the thoughts, false strips them, null masks empty ones.',
    { group: 'data', nullable: true, support: 'built' },
  ),
  preserve_thinking: key<boolean>('bool', false, 'Reasoning templates: keep thoughts of earlier turns.', {
    group: 'data',
    support: 'built',
  }),
  tokenized_path: key<string | null>(
    'string',
    null,
    'Folder of preprocessed data: read if it holds some, otherwise written there.',
    { group: 'data', support: 'built' },
  ),
  data_shared_file_system: key<boolean>(
    'bool',
    false,
    'All nodes share one file system: preprocess once, not once a node.',
    { group: 'data', support: 'no-effect', because: 'one machine trains' },
  ),
  disable_shuffling: key<boolean>('bool', false, 'Keep the order of the training data.', {
    group: 'data',
    support: 'built',
  }),
  // multimodal
  image_max_pixels: key<number>('int', 589824, 'Larger images are scaled down to this many pixels.', {
    group: 'multimodal',
    support: 'later',
  }),
  image_min_pixels: key<number>('int', 1024, 'Smaller images are scaled up to this many pixels.', {
    group: 'multimodal',
    support: 'later',
  }),
  image_do_pan_and_scan: key<boolean>('bool', false, 'Feed crops of large images too (Gemma 3).', {
    group: 'multimodal',
    support: 'later',
  }),
  crop_to_patches: key<boolean>('bool', false, 'Cut images into tiles (InternVL).', {
    group: 'multimodal',
    support: 'later',
  }),
  video_max_pixels: key<number>('int', 65536, 'Upper pixel limit of one video frame.', {
    group: 'multimodal',
    support: 'later',
  }),
  video_min_pixels: key<number>('int', 256, 'Lower pixel limit of one video frame.', {
    group: 'multimodal',
    support: 'later',
  }),
  video_fps: key<number>('float', 2.0, 'Frames sampled from each second of a video.', {
    group: 'multimodal',
    support: 'later',
  }),
  video_maxlen: key<number>('int', 128, 'Most frames taken from one video.', { group: 'multimodal', support: 'later' }),
  use_audio_in_video: key<boolean>('bool', false, 'Feed the sound track of videos to the model.', {
    group: 'multimodal',
    support: 'later',
  }),
  audio_sampling_rate: key<number>('int', 16000, 'Audio is resampled to this rate in Hz.', {
    group: 'multimodal',
    support: 'later',
  }),
  freeze_vision_tower: key<boolean>('bool', true, 'Do not train the vision encoder.', {
    group: 'multimodal',
    support: 'later',
  }),
  freeze_multi_modal_projector: key<boolean>('bool', true, 'Do not train the layer that joins vision and text.', {
    group: 'multimodal',
    support: 'later',
  }),
  freeze_language_model: key<boolean>('bool', false, 'Do not train the language model.', {
    group: 'multimodal',
    support: 'later',
  }),
} as const;
