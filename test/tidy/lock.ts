// What `npm ci` will put on a machine: pinned, hashed, from no address in particular, and with one install script.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Complaint } from './house.ts';

/** Node's own package fetches the binary for the platform; nothing else may run code while it is being installed. */
const INSTALL_SCRIPTS = ['node_modules/node'];
const RUNTIME_PAGE = 'docs/decisions/0006-runtime-packages.md';

type Json = { readonly [key: string]: unknown };

export function complaintsAboutPackages(root: string): readonly Complaint[] {
  const manifest = readJson(join(root, 'package.json'));
  const lock = readJson(join(root, 'package-lock.json'));
  const packages = Object.entries(objectAt(lock, 'packages')).filter(([path]) => path !== '');
  const found: Complaint[] = [];
  const complain = (rule: string, where: string, what: string): number => found.push({ rule, where, what });

  if (packages.length === 0) complain('seen', 'package-lock.json', 'no package was found: nothing was checked');
  for (const [path, value] of packages) {
    const entry = value as Json;
    if (entry['hasInstallScript'] === true && !INSTALL_SCRIPTS.includes(path))
      complain('install scripts', path, 'runs a script when it is installed');
    if (entry['resolved'] !== undefined) complain('addresses', path, 'records where it was downloaded from; see .npmrc');
    if (typeof entry['integrity'] !== 'string' || !entry['integrity'].startsWith('sha512-'))
      complain('integrity', path, 'has no sha512 hash');
  }
  for (const kind of ['dependencies', 'devDependencies']) {
    for (const [name, version] of Object.entries(objectAt(manifest, kind))) {
      if (typeof version !== 'string' || !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
        complain('pins', name, `is not pinned: ${String(version)}`);
    }
  }
  const allowed = Object.keys(objectAt(manifest, 'allowScripts'));
  if (allowed.join() !== 'node')
    complain('install scripts', 'package.json', `allowScripts names ${allowed.join(', ') || 'nothing'}, and should name node alone`);
  const page = readFileSync(join(root, RUNTIME_PAGE), 'utf8');
  for (const name of Object.keys(objectAt(manifest, 'dependencies'))) {
    if (!page.includes(`\`${name}\``)) complain('runtime packages', name, `has no line in ${RUNTIME_PAGE} saying why`);
  }
  return found;
}

function readJson(path: string): Json {
  return JSON.parse(readFileSync(path, 'utf8')) as Json;
}

function objectAt(parent: Json, key: string): Json {
  const value = parent[key];
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
