// Recipe keys: saving, logging. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const savingArguments = {
  // saving
  output_dir: key<string | null>('string', null, 'Folder for checkpoints, logs and the result.', {
    group: 'saving',
    strictText: true,
    support: 'built',
  }),
  save_only_model: key<boolean>('bool', false, 'Checkpoints without optimizer state; they cannot be resumed exactly.', {
    group: 'saving',
    support: 'built',
  }),
  save_strategy: key<string>('string', 'steps', 'When checkpoints are written.', {
    group: 'saving',
    choices: ['no', 'steps', 'epoch', 'best'],
    support: 'built',
  }),
  save_steps: key<number>('float', 500, 'Steps between checkpoints; a value below 1 is a share of all steps.', {
    group: 'saving',
    onlyWith: ['save_strategy', 'steps'],
    support: 'built',
  }),
  save_on_each_node: key<boolean>('bool', false, 'Write checkpoints on every node.', {
    group: 'saving',
    support: 'no-effect',
    because: 'one node trains',
  }),
  save_total_limit: key<number | null>('int', null, 'Keep only this many checkpoints.', {
    group: 'saving',
    support: 'built',
  }),
  enable_jit_checkpoint: key<boolean>('bool', false, 'Write a checkpoint when the scheduler asks the job to end.', {
    group: 'saving',
    support: 'later',
  }),
  load_best_model_at_end: key<boolean>(
    'bool',
    false,
    'When training is over, go back to the checkpoint that scored best.',
    { group: 'saving', support: 'built' },
  ),
  metric_for_best_model: key<string | null>('string', null, 'Metric that decides which checkpoint is best.', {
    group: 'saving',
    strictText: true,
    support: 'built',
  }),
  greater_is_better: key<boolean | null>(
    'bool',
    null,
    'Direction in which the chosen metric improves; true: upwards.',
    { group: 'saving', support: 'built' },
  ),
  ignore_data_skip: key<boolean>('bool', false, 'On resume, start the data over instead of skipping what was seen.', {
    group: 'saving',
    support: 'later',
  }),
  restore_callback_states_from_checkpoint: key<boolean>('bool', false, 'On resume, restore callback states as well.', {
    group: 'saving',
    support: 'no-effect',
    because: 'early stopping is always restored',
  }),
  resume_from_checkpoint: key<string | boolean | null>(
    'string|bool',
    null,
    'Checkpoint folder to continue from; true takes the last one in output_dir.',
    {
      group: 'saving',
      support: 'built',
    },
  ),
  overwrite_output_dir: key<boolean>(
    'bool',
    false,
    'Start anew in a folder that holds an earlier run, instead of resuming.',
    { group: 'saving', support: 'built' },
  ),
  // logging
  print_param_status: key<boolean>(
    'bool',
    false,
    'Print name, dtype and trainability of each parameter after loading.',
    { group: 'logging', support: 'no-effect', because: 'the run panel shows what is trained' },
  ),
  logging_strategy: key<string>('string', 'steps', 'When training metrics are logged.', {
    group: 'logging',
    choices: ['no', 'steps', 'epoch'],
    support: 'built',
  }),
  logging_steps: key<number>('float', 500, 'Steps between log entries; a value below 1 is a share of all steps.', {
    group: 'logging',
    support: 'built',
  }),
  logging_first_step: key<boolean>('bool', false, 'Also log the first step.', { group: 'logging', support: 'built' }),
  log_on_each_node: key<boolean>('bool', true, 'Log on every node, not only on the first.', {
    group: 'logging',
    support: 'no-effect',
    because: 'one node trains',
  }),
  logging_nan_inf_filter: key<boolean>('bool', true, 'Replace NaN and infinite losses by the running mean in logs.', {
    group: 'logging',
    support: 'no-effect',
    because: 'a loss that is not a number stops the run',
  }),
  include_num_input_tokens_seen: key<string | boolean>(
    'string|bool',
    'no',
    'Count input tokens: all, without padding, or not at all.',
    { group: 'logging', choices: ['all', 'non_padding', 'no'], support: 'built' },
  ),
  log_level: key<string>('string', 'passive', 'Verbosity of the main process.', {
    group: 'logging',
    choices: ['detail', 'debug', 'info', 'warning', 'error', 'critical', 'passive'],
    support: 'no-effect',
    because: 'the log is always whole',
  }),
  log_level_replica: key<string>('string', 'warning', 'Verbosity of the other processes.', {
    group: 'logging',
    choices: ['detail', 'debug', 'info', 'warning', 'error', 'critical', 'passive'],
    support: 'no-effect',
    because: 'one node trains',
  }),
  disable_tqdm: key<boolean | null>('bool', null, 'Do not draw progress bars.', {
    group: 'logging',
    support: 'no-effect',
    because: 'progress goes by the terminal',
  }),
  report_to: key<string | readonly string[] | null>('string|string[]', 'none', 'Trackers that receive the metrics.', {
    group: 'logging',
    choices: [
      'none',
      'all',
      'azure_ml',
      'clearml',
      'codecarbon',
      'comet_ml',
      'dagshub',
      'dvclive',
      'flyte',
      'kubeflow',
      'mlflow',
      'neptune',
      'swanlab',
      'tensorboard',
      'trackio',
      'wandb',
    ],
    nullable: true,
    support: 'built',
  }),
  run_name: key<string | null>('string', null, 'Name of the run at the trackers.', {
    group: 'logging',
    freeText: true,
    support: 'built',
  }),
  project: key<string>('string', 'huggingface', 'Project name at Trackio.', {
    group: 'logging',
    freeText: true,
    onlyWith: ['report_to', 'trackio'],
    support: 'later',
  }),
  trackio_space_id: key<string | null>('string', null, 'Space that Trackio deploys to.', {
    group: 'logging',
    onlyWith: ['report_to', 'trackio'],
    support: 'later',
  }),
  trackio_bucket_id: key<string | null>('string', null, 'Bucket that Trackio stores metrics in.', {
    group: 'logging',
    onlyWith: ['report_to', 'trackio'],
    support: 'later',
  }),
  trackio_static_space_id: key<string | boolean | null>(
    'string|bool',
    null,
    'Static Space that Trackio publishes to; false keeps it from doing so.',
    { group: 'logging', onlyWith: ['report_to', 'trackio'], support: 'later' },
  ),
  debug: key<string | readonly string[]>('string|string[]', '', 'Debug helpers to switch on.', {
    group: 'logging',
    choices: ['underflow_overflow', 'tpu_metrics_debug'],
    separator: ' ',
    support: 'later',
  }),
  skip_memory_metrics: key<boolean>('bool', true, 'Do not report memory figures.', {
    group: 'logging',
    support: 'no-effect',
    because: 'memory is always measured',
  }),
  logging_dir: key<string | null>('string', null, 'Folder for TensorBoard files.', {
    group: 'logging',
    support: 'built',
  }),
  use_swanlab: key<boolean>('bool', false, 'Track the run with SwanLab.', { group: 'logging', support: 'later' }),
  swanlab_project: key<string | null>('string', 'llamafactory', 'SwanLab project.', {
    group: 'logging',
    nullable: true,
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_workspace: key<string | null>('string', null, 'SwanLab workspace.', {
    group: 'logging',
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_run_name: key<string | null>('string', null, 'SwanLab run name.', {
    group: 'logging',
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_mode: key<string>('string', 'cloud', "Send to SwanLab's service or keep local.", {
    group: 'logging',
    choices: ['cloud', 'local'],
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_api_key: key<string | null>('string', null, 'SwanLab access key.', {
    group: 'logging',
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_logdir: key<string | null>('string', null, "Folder for SwanLab's files.", {
    group: 'logging',
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_lark_webhook_url: key<string | null>('string', null, 'Lark web hook for SwanLab messages.', {
    group: 'logging',
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  swanlab_lark_secret: key<string | null>('string', null, 'Secret of the Lark web hook.', {
    group: 'logging',
    onlyWith: ['use_swanlab'],
    support: 'later',
  }),
  plot_loss: key<boolean>('bool', false, 'Save a picture of the loss curve.', { group: 'logging', support: 'built' }),
  include_effective_tokens_per_second: key<boolean>('bool', false, 'Report trained tokens per second.', {
    group: 'logging',
    support: 'no-effect',
    because: 'tokens per second are always logged',
  }),
} as const;
