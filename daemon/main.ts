// The daemon: one for each user, on loopback, found by its lease. It starts runs and tells of them; they need it not.
import { serve } from './server/serve.ts';

await serve(process.env);
