// Makes a fresh clone ready: installs exactly what the lock file says and bundles dist/. Does nothing twice. What needs the
// project's own Node runs in an npm script of its own afterwards: a shell remembers where it found the first `node`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

const run = (command) => {
  const { status } = spawnSync(command, { stdio: 'inherit', shell: true });
  if (status !== 0) {
    console.error(
      `"${command}" failed: see the lines above. Anneal needs npm and access to the npm registry for its first set-up.`,
    );
    process.exit(status ?? 1);
  }
};

const installed = 'node_modules/.anneal-lock.json';
const upToDate = existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync('package-lock.json', 'utf8');
if (!upToDate) {
  run('npm ci --no-audit --no-fund --loglevel=error');
  copyFileSync('package-lock.json', installed);
}
run('npm run build --silent');
