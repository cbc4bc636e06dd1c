// Which function performs which command; each file is loaded with the first command that needs it.
import type { Handlers } from './register.ts';

export const handlers: Handlers = {
  'anneal.newRecipe': async (services) => (await import('./new-recipe.ts')).newRecipe(services),
  'anneal.run': async (services, target) => (await import('./recipe.ts')).run(services, target),
  'anneal.previewData': async (services, target) => (await import('./recipe.ts')).previewData(services, target),
  'anneal.estimate': async (services, target) => (await import('./estimate.ts')).estimate(services, target),
  'anneal.showRun': async (services, target) => (await import('./runs.ts')).showRun(services, target),
  'anneal.stopRun': async (services, target) => (await import('./runs.ts')).stopRun(services, target),
  'anneal.resumeRun': async (services, target) => (await import('./runs.ts')).resumeRun(services, target),
  'anneal.cloneRun': async (services, target) => (await import('./runs.ts')).cloneRun(services, target),
  'anneal.compareRuns': async (services, target, selection) => (await import('./runs.ts')).compareRuns(services, target, selection), // prettier-ignore
  'anneal.showRunLog': async (services, target) => (await import('./runs.ts')).showRunLog(services, target),
  'anneal.openOutputFolder': async (services, target) => (await import('./runs.ts')).openOutputFolder(services, target),
  'anneal.revealPath': async (_, target) => (await import('./reveal.ts')).revealPath(target?.path),
  'anneal.deleteRun': async (services, target) => (await import('./runs.ts')).deleteRun(services, target),
  'anneal.openDatasetInfo': async (services, target) => (await import('./recipe.ts')).openDatasetInfo(services, target),
  'anneal.openExample': async (services) => (await import('./example.ts')).openExample(services),
  'anneal.refreshModels': (services) => services.models.refresh(),
  'anneal.copyDiagnostics': async (services) => (await import('./diagnostics.ts')).copyDiagnostics(services),
  'anneal.restartLanguageServer': async ({ languageSide }) => languageSide.restart(),
  'anneal.startDaemon': async (services) => (await import('./daemon.ts')).start(services),
  'anneal.stopDaemon': async (services) => (await import('./daemon.ts')).stop(services),
  'anneal.restartDaemon': async (services) => (await import('./daemon.ts')).restart(services),
  'anneal.showDaemonLog': async (services) => (await import('./daemon.ts')).showLog(services),
};
