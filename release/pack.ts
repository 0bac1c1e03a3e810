// npm run pack -- FOLDER
//
// Writes the package and its hashes: twokey-VERSION.tgz and twokey-VERSION.json. The same code gives the same bytes, whoever packs it: npm sets all times to one, and the
// modes, which depend on who made the checkout, are set here, on a copy. The copy has the lock file too, under the name that npm leaves in. Nothing is asked of the network.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageFile from '../package.json' with { type: 'json' };
import { hashesOf } from '../src/doors/checkup/program.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const STARTED = ['twokey', 'bin/twokey.js'];

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || more.length > 0) {
  console.error('usage: npm run pack -- FOLDER');
  process.exit(2);
}
mkdirSync(resolve(folder), { recursive: true });
const name = `${packageFile.name}-${packageFile.version}`;
const stage = mkdtempSync(join(tmpdir(), 'twokey-pack-'));
try {
  copyWhatIsPacked(stage);
  const argv = ['pack', '--ignore-scripts', '--offline', '--silent', '--pack-destination', resolve(folder)];
  const { status, stderr, error } = spawnSync('npm', argv, { cwd: stage, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack failed: ${error?.message ?? stderr}`);
} finally {
  rmSync(stage, { recursive: true });
}
const code = hashesOf(root);
if (code.packages === '') throw new Error('the npm packages are not all there; run npm ci first');
const packed = createHash('sha512')
  .update(readFileSync(join(resolve(folder), `${name}.tgz`)))
  .digest('base64');
const hashes = { version: packageFile.version, ...code, package: `sha512-${packed}` };
writeFileSync(join(resolve(folder), `${name}.json`), `${JSON.stringify(hashes, null, 2)}\n`);
console.log(JSON.stringify(hashes, null, 2));

/** What `files` of package.json names, for npm to choose from. */
function copyWhatIsPacked(to: string): void {
  const always = ['package.json', 'README.md', 'LICENSE'];
  const named = packageFile.files.filter((file) => !file.startsWith('!') && file !== 'npm-shrinkwrap.json');
  for (const file of [...always, ...named]) {
    if (!existsSync(join(root, file))) throw new Error(`${file} is missing`);
    cpSync(join(root, file), join(to, file), { recursive: true });
  }
  copyFileSync(join(root, 'package-lock.json'), join(to, 'npm-shrinkwrap.json'));
  for (const item of readdirSync(to, { recursive: true, withFileTypes: true }))
    chmodSync(join(item.parentPath, item.name), item.isFile() ? 0o644 : 0o755);
  for (const file of STARTED) chmodSync(join(to, file), 0o755);
}
