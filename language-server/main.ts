// The language server's process: talks to an editor over --stdio or Node's IPC.
import { join } from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './server.ts';

serve(createConnection(ProposedFeatures.all), { dataProcess: join(import.meta.dirname, 'language-server-data.js') });
