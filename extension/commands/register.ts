// Registers every command of the table. What a command is called with is checked first: it may come from anywhere.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { z } from 'zod';
import type { CommandId, TargetOf } from '../contributions/commands.ts';
import type { Services } from '../services.ts';
import { handlers } from './table.ts';

/** `target` is undefined where the person is to choose; `selection` holds what else is chosen in the tree. */
export type Handler<Id extends CommandId> = (
  services: Services,
  target: TargetOf<Id> | undefined,
  selection: readonly unknown[],
) => Promise<void> | void;

export type Handlers = { readonly [Id in CommandId]: Handler<Id> };

/** Performs a command of the table from code. */
export async function perform<Id extends CommandId>(id: Id, target?: TargetOf<Id>): Promise<void> {
  await vscode.commands.executeCommand(id, target);
}

export function registerCommands(services: Services): vscode.Disposable[] {
  return Object.keys(handlers).map((name) => {
    const id = name as CommandId;
    return vscode.commands.registerCommand(id, async (given?: unknown, others?: unknown) => {
      const target = given === undefined || given === null ? undefined : await read(id, given);
      if (target && !target.success) {
        services.log.warn(`${id}: what it was called with was refused: ${target.error.message}`);
        void vscode.window.showErrorMessage(l10n.t('The command {0} does not take what it was called with: call it from the command palette.', id)); // prettier-ignore
        return;
      }
      const selection: readonly unknown[] = Array.isArray(others) ? others : [];
      try {
        // the schema that has read the target is that of this very command
        await (handlers[id] as Handler<CommandId>)(services, target?.data, selection);
      } catch (error) {
        services.report(error);
      }
    });
  });
}

/** The schemas are loaded with the first command that is called with something. */
async function read(id: CommandId, given: unknown): Promise<z.ZodSafeParseResult<TargetOf<CommandId>>> {
  const { commands } = await import('../contributions/commands.ts');
  const schema: z.ZodType<TargetOf<CommandId>> = commands[id].target;
  return schema.safeParse(given);
}
