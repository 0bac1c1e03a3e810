import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');

type Locked = {
  readonly version: string;
  readonly integrity: string;
  readonly license: string;
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
};
type Component = {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
};
type Bill = {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const text = readFileSync(join(ROOT, 'sbom.json'), 'utf8');
const bill = JSON.parse(text) as Bill;
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> };
const running = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
const refOf = (path: string): string => `${path.replace(/^.*node_modules\//, '')}@${packages[path]?.version ?? ''}`;

test('the bill of materials names exactly the packages that run, as the lock file pins them', () => {
  assert.ok(running.length >= 5, 'the lock file names the packages that run');
  const expected = running.map(([path, { version, integrity, license }]) => {
    const hash = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
    return `${path.replace(/^.*node_modules\//, '')} ${version} ${license} ${hash}`;
  });
  const told = bill.components.map(
    ({ name, version, licenses, hashes: [hash] }) => `${name} ${version} ${licenses[0]?.license.id} ${hash?.alg === 'SHA-512' ? hash.content : ''}`,
  );
  assert.deepEqual(told.toSorted(), expected.toSorted(), 'npm run sbom writes it anew');
  for (const { purl, name, version } of bill.components) assert.equal(purl, `pkg:npm/${name.replace('@', '%40')}@${version}`);
});

test('the bill says who needs whom, down from twokey itself', () => {
  const edges = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string; readonly dependencies: object };
  const own = bill.metadata.component;
  assert.deepEqual([own.name, own.version], ['twokey', manifest.version]);
  const namesOf = (ref: string): readonly string[] => (edges.get(ref) ?? []).map((each) => each.replace(/@[^@]+$/, '')).toSorted();
  assert.deepEqual(namesOf(own['bom-ref']), Object.keys(manifest.dependencies).toSorted());
  for (const [path, { dependencies = {} }] of running) assert.deepEqual(namesOf(refOf(path)), Object.keys(dependencies).toSorted(), path);
  assert.equal(edges.size, running.length + 1);
});

test('the bill is the same whenever and wherever it is written, and names no address', () => {
  assert.doesNotMatch(text, /timestamp|serialNumber|"tools"|resolved|distribution/);
  assert.deepEqual(text.match(/\w+:\/\/[^"]*/g), ['http://cyclonedx.org/schema/bom-1.5.schema.json'], 'the name of the form, which is no place to ask');
});
