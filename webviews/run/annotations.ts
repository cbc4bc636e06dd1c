// Tags and notes: what a person says about a run. Saved when the field is left.
import '@vscode-elements/elements/dist/vscode-textarea/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import * as l10n from '@vscode/l10n';
import type { RunDetail } from '../../daemon/runs/protocol.ts';
import { element } from '../shared/dom.ts';
import { card } from './cards.ts';
import type { RunCommand } from './protocol.ts';

interface Field extends HTMLElement {
  value: string;
}

export class Annotations {
  readonly root: HTMLElement;
  readonly #tags: Field;
  readonly #notes: Field;
  #saved = { tags: '', notes: '' };

  constructor(send: (command: RunCommand) => void) {
    this.#tags = element('vscode-textfield', { label: l10n.t('Tags, divided by commas'), placeholder: l10n.t('Tags, divided by commas') }) as Field; // prettier-ignore
    this.#notes = element('vscode-textarea', { label: l10n.t('Notes'), placeholder: l10n.t('Notes'), rows: 4, resize: 'vertical' }) as Field; // prettier-ignore
    this.#tags.addEventListener('change', () => {
      this.#saved.tags = this.#tags.value;
      send({ name: 'setTags', tags: tagsOf(this.#tags.value) });
    });
    this.#notes.addEventListener('change', () => {
      this.#saved.notes = this.#notes.value;
      send({ name: 'setNotes', notes: this.#notes.value.slice(0, 100_000) });
    });
    this.root = card(l10n.t('Tags and notes'), this.#tags, this.#notes);
    this.root.classList.add('annotations');
  }

  update({ tags, notes }: RunDetail): void {
    const now = { tags: tags.join(', '), notes };
    // what is being typed is left alone
    if (this.#tags.value === this.#saved.tags) this.#tags.value = now.tags;
    if (this.#notes.value === this.#saved.notes) this.#notes.value = now.notes;
    this.#saved = now;
  }
}

const tagsOf = (text: string): string[] => [...new Set(text.split(/[,，]/).map((tag) => tag.trim().slice(0, 100)).filter(Boolean))].slice(0, 50); // prettier-ignore
