import { appendFileSync, cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './program.ts';

/** An install like this one, whose doors load a package that was tampered with: `poison` stands at its end, with `INSTALL` as the folder of the install. `checkout` is what is copied. */
export function poisonedInstall(poison: string, checkout = root): string {
  const install = mkdtempSync(join(tmpdir(), 'tk-install-'));
  for (const name of [
    'package.json',
    'bin',
    'src',
    'CHANGELOG.md',
    'node_modules/zod',
    'node_modules/commander',
    'node_modules/ws',
    'node_modules/@modelcontextprotocol',
  ])
    cpSync(join(checkout, name), join(install, name), { recursive: true });
  appendFileSync(join(install, 'node_modules/zod/index.js'), poison.replace('INSTALL', install));
  return install;
}
