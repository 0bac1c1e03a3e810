// npm run sbom
//
// Writes sbom.json: what runs, in CycloneDX's form, from the lock file alone. npm knows the form; what depends on when, where and with which npm it was asked is taken out, so that
// the same lock file gives the same text. npm's own --omit dev is not used: it also leaves out packages that run and that a development package wants too.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import packageFile from '../package.json' with { type: 'json' };

type Component = {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly externalReferences?: unknown;
};
type Bill = {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const root = fileURLToPath(new URL('../', import.meta.url));
const argv = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only', '--offline', '--silent'];
const { status, stdout, stderr, error } = spawnSync('npm', argv, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
if (status !== 0) throw new Error(`npm sbom failed: ${error?.message ?? stderr}`);
const { metadata, components, dependencies, ...bill } = JSON.parse(stdout) as Bill;

const running = components.filter(({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'));
const refs = new Set([metadata.component['bom-ref'], ...running.map((component) => component['bom-ref'])]);
const told = {
  ...bill,
  serialNumber: undefined,
  metadata: { component: { ...bare(metadata.component), name: packageFile.name } },
  components: running.map(bare).toSorted((one, other) => inSequence(one['bom-ref'], other['bom-ref'])),
  dependencies: dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)).toSorted(inSequence) }))
    .toSorted((one, other) => inSequence(one.ref, other.ref)),
};
writeFileSync(`${root}sbom.json`, `${JSON.stringify(told, null, 2)}\n`);
console.log(`sbom.json: ${running.length} packages`);

/** Without addresses: which registry serves a package is the machine's affair. */
function bare({ externalReferences: _externalReferences, properties: _properties, ...rest }: Component): Component {
  return rest;
}

function inSequence(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
