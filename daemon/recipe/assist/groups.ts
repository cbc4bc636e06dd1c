// The groups of keys by the names that people read.
import * as l10n from '@vscode/l10n';

export function groupTitle(group: string): string {
  switch (group) {
    case 'model':
      return l10n.t('model');
    case 'method':
      return l10n.t('method');
    case 'tokenizer':
      return l10n.t('tokenizer');
    case 'data':
      return l10n.t('data');
    case 'multimodal':
      return l10n.t('images, video, audio');
    case 'training':
      return l10n.t('training');
    case 'optimizer':
      return l10n.t('optimizer');
    case 'dataloader':
      return l10n.t('batches');
    case 'precision':
      return l10n.t('precision');
    case 'evaluation':
      return l10n.t('evaluation');
    case 'saving':
      return l10n.t('saving');
    case 'logging':
      return l10n.t('logging');
    case 'preference':
      return l10n.t('preference');
    case 'loss':
      return l10n.t('loss');
    case 'quantization':
      return l10n.t('quantisation');
    case 'inference':
    case 'generation':
      return l10n.t('generation');
    case 'export':
      return l10n.t('export');
    case 'distributed':
      return l10n.t('several devices');
    case 'profiling':
      return l10n.t('profiling');
    case 'benchmark':
      return l10n.t('benchmark');
    case 'hub':
      return l10n.t('hub');
    case 'freeze':
      return l10n.t('freeze');
    case 'lora':
      return 'LoRA';
    case 'oft':
      return 'OFT';
    case 'ppo':
      return 'PPO';
    case 'galore':
      return 'GaLore';
    case 'apollo':
      return 'APOLLO';
    case 'badam':
      return 'BAdam';
    case 'ktransformers':
      return 'KTransformers';
    case 'anneal':
      return 'Anneal';
    default:
      return group;
  }
}
