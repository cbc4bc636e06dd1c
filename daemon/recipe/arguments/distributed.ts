// Recipe keys: distributed, profiling. One entry a key; argument.ts says what the fields mean.
import { argument as key } from '../argument.ts';

export const distributedArguments = {
  // distributed
  use_cpu: key<boolean>('bool', false, 'Train on the CPU even if an accelerator is there.', {
    group: 'distributed',
    support: 'built',
  }),
  accelerator_config: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'Options of the Accelerate library, as a mapping, a JSON string or a file.',
    { strictText: true, group: 'distributed', support: 'later' },
  ),
  parallelism_config: key<Readonly<Record<string, unknown>> | null>(
    'object',
    null,
    "Accelerate's parallel dimensions; an object, not usable from YAML.",
    { group: 'distributed', support: 'later' },
  ),
  ddp_find_unused_parameters: key<boolean | null>(
    'bool',
    null,
    'Search for parameters without gradient in data-parallel training.',
    { group: 'distributed', support: 'no-effect', because: 'one device trains' },
  ),
  ddp_bucket_cap_mb: key<number | null>('int', null, 'Gradient bucket size in MB.', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one device trains',
  }),
  ddp_broadcast_buffers: key<boolean | null>(
    'bool',
    null,
    'Send buffers from the first process at each forward pass.',
    { group: 'distributed', support: 'no-effect', because: 'one device trains' },
  ),
  ddp_static_graph: key<boolean | null>('bool', null, 'Tell data-parallel training that the graph never changes.', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one device trains',
  }),
  ddp_backend: key<string | null>('string', null, 'Communication library between processes.', {
    group: 'distributed',
    choices: ['nccl', 'gloo', 'mpi', 'xccl', 'hccl', 'cncl', 'mccl'],
    support: 'no-effect',
    because: 'one device trains',
  }),
  ddp_timeout: key<number>('int', 1800, 'Seconds before a collective operation gives up.', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one device trains',
  }),
  fsdp: key<readonly string[] | string | null>(
    'string[]|string',
    null,
    'Fully sharded data parallelism: its options, separated by spaces.',
    {
      group: 'distributed',
      choices: [
        'full_shard',
        'shard_grad_op',
        'no_shard',
        'hybrid_shard',
        'hybrid_shard_zero2',
        'offload',
        'auto_wrap',
      ],
      separator: ' ',
      support: 'later',
    },
  ),
  fsdp_config: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'Further sharding options, as a mapping, a JSON string or a file.',
    { strictText: true, group: 'distributed', onlyWith: ['fsdp'], support: 'later' },
  ),
  deepspeed: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'DeepSpeed configuration: a mapping, a JSON string or a file.',
    { strictText: true, group: 'distributed', support: 'later' },
  ),
  local_rank: key<number>('int', -1, 'Process index on this node; set by the launcher.', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one device trains',
  }),
  ray_num_workers: key<number>('int', 1, 'Number of Ray workers.', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one machine trains',
  }),
  ray_init_kwargs: key<Readonly<Record<string, unknown>> | string | null>(
    'object|string',
    null,
    'Options of ray.init, as a mapping or a JSON string.',
    { group: 'distributed', support: 'no-effect', because: 'one machine trains' },
  ),
  master_addr: key<string | null>('string', null, 'Address of the first process (Ray).', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one machine trains',
  }),
  master_port: key<string | null>('string', null, 'Port of the first process (Ray).', {
    group: 'distributed',
    support: 'no-effect',
    because: 'one machine trains',
  }),
  use_mca: key<boolean>('bool', false, 'Train with Megatron; set by the environment variable USE_MCA.', {
    group: 'distributed',
    support: 'later',
  }),
  use_hyper_parallel: key<boolean>('bool', false, 'Use the HyperParallel back end (full sft only).', {
    group: 'distributed',
    support: 'later',
  }),
  hyper_parallel_args: key<string | null>('string', null, 'JSON file with HyperParallel options.', {
    group: 'distributed',
    onlyWith: ['use_hyper_parallel'],
    support: 'later',
  }),
  // profiling
  enable_torch_profiler: key<boolean>('bool', false, 'Record a torch profile.', {
    group: 'profiling',
    support: 'later',
  }),
  profiler_output_dir: key<string | null>('string', null, 'Folder for profiles.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_wait_steps: key<number>('int', 1, 'Idle steps before each profiling cycle.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_warmup_steps: key<number>('int', 1, 'Steps run with the profiler on but discarded, in each cycle.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_active_steps: key<number>('int', 1, 'Steps recorded in each cycle.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_repeat: key<number>('int', 1, 'Number of cycles; 0 goes on without end.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_record_shapes: key<boolean>('bool', true, 'Record tensor shapes.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_profile_memory: key<boolean>('bool', true, 'Record memory use.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profiler_with_stack: key<boolean>('bool', true, 'Record call stacks.', {
    group: 'profiling',
    onlyWith: ['enable_torch_profiler'],
    support: 'later',
  }),
  profile_modules: key<string | readonly (string | number)[] | null>(
    'string',
    null,
    'Module names (wildcards allowed) to time with CUDA events.',
    { group: 'profiling', separator: ',', textOnly: true, onlyWith: ['enable_torch_profiler'], support: 'later' },
  ),
} as const;
