// What the choices of a key mean, one sentence each, for those that do not say it themselves.
import * as l10n from '@vscode/l10n';

export function choiceText(key: string, value: string): string | undefined {
  const text = choices[key]?.[value]?.();
  return text === undefined ? undefined : `\`${value}\`: ${text}`;
}

const choices: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  stage: {
    pt: () => l10n.t('plain text, every token is learned.'),
    sft: () => l10n.t('conversations, the answers are learned.'),
    rm: () => l10n.t('preference pairs, a model learns to score answers.'),
    ppo: () => l10n.t('the model answers prompts and learns from the scores of a reward model.'),
    dpo: () => l10n.t('preference pairs, the preferred answer becomes likelier than the rejected one.'),
    kto: () => l10n.t('answers with thumbs up or down.'),
  },
  finetuning_type: {
    lora: () => l10n.t('small matrices beside the frozen weights learn; they are saved as an adapter.'),
    oft: () => l10n.t('rotations of the frozen weights learn; they are saved as an adapter.'),
    freeze: () => l10n.t('the weights of some layers learn, the others stay as they are.'),
    full: () => l10n.t('all weights learn.'),
  },
  lr_scheduler_type: {
    linear: () => l10n.t('falls in a straight line to zero.'),
    cosine: () => l10n.t('falls to zero along half a cosine.'),
    cosine_with_restarts: () => l10n.t('falls along a cosine and jumps back up, several times.'),
    polynomial: () => l10n.t('falls along a power of the remaining share.'),
    constant: () => l10n.t('stays the same, without warm-up.'),
    constant_with_warmup: () => l10n.t('rises once, then stays the same.'),
    inverse_sqrt: () => l10n.t('falls with the square root of the steps.'),
    reduce_lr_on_plateau: () => l10n.t('falls whenever the evaluation no longer gets better.'),
    cosine_with_min_lr: () => l10n.t('falls along a cosine to a rate above zero (lr_scheduler_kwargs: min_lr or min_lr_rate).'),
    warmup_stable_decay: () => l10n.t('rises, stays, and falls at the end (lr_scheduler_kwargs: num_decay_steps).'),
  },
  mix_strategy: {
    concat: () => l10n.t('one after another.'),
    interleave_under: () => l10n.t('mixed until the first one is used up.'),
    interleave_over: () => l10n.t('mixed until every one was used up; shorter ones repeat.'),
    interleave_once: () => l10n.t('mixed, every row exactly once.'),
  },
  pref_loss: {
    sigmoid: () => l10n.t('the loss of the DPO paper.'),
    hinge: () => l10n.t('stops once the margin is wide enough.'),
    ipo: () => l10n.t('pulls the margin to a fixed width.'),
    kto_pair: () => l10n.t('KTO on pairs.'),
    orpo: () => l10n.t('odds ratio beside the plain loss; needs no reference model.'),
    simpo: () => l10n.t('length-normalised margin; needs no reference model.'),
  },
  save_strategy: {
    no: () => l10n.t('no checkpoints on the way.'),
    steps: () => l10n.t('every save_steps steps.'),
    epoch: () => l10n.t('after every epoch.'),
    best: () => l10n.t('whenever the evaluation is the best so far.'),
  },
  eval_strategy: {
    no: () => l10n.t('no evaluation on the way.'),
    steps: () => l10n.t('every eval_steps steps.'),
    epoch: () => l10n.t('after every epoch.'),
  },
  quantization_method: {
    bnb: () => l10n.t('bitsandbytes, 4 or 8 bits, while loading.'),
    hqq: () => l10n.t('half-quadratic quantisation, 1 to 8 bits, while loading.'),
    eetq: () => l10n.t('8 bits, while loading.'),
  },
}; // prettier-ignore
