import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Result } from '../../core/lang/result.ts';
import { type Facts, type Plan, planInstall, planUninstall } from './plan.ts';
import { parseInstall } from './request.ts';
import { describe, type Step } from './step.ts';
import { unitText } from './unit.ts';

const folder = mkdtempSync(join(tmpdir(), 'twokey-plan-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const packages = { '': {}, 'node_modules/zod': {}, 'node_modules/knip': { dev: true }, 'node_modules/odd': { optional: true } };
writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
mkdirSync(join(folder, 'node_modules/zod'), { recursive: true });
const key = `ssh-ed25519 ${'A'.repeat(68)} you@laptop`;
for (const [name, text] of [
  ['good.pub', `${key}\n`],
  ['two.pub', `${key}\n${key}\n`],
  ['options.pub', `command="sh" ${key}\n`],
  ['private', '-----BEGIN OPENSSH PRIVATE KEY-----\n'],
] as const)
  writeFileSync(join(folder, name), text);

const bare: Facts = { source: folder, runtime: '/node', hasSystemd: false, users: [{ name: 'root', uid: 0 }], declared: null };

function planned(words: string, facts: Partial<Facts> = {}): Result<Plan> {
  const request = parseInstall(words.split(' ').filter((word) => word !== ''));
  return request.ok ? planInstall(request.value, { ...bare, ...facts }) : request;
}

function stepsOf(words: string, facts: Partial<Facts> = {}): readonly Step[] {
  const plan = planned(words, facts);
  if (!plan.ok) throw new Error(plan.error);
  return plan.value.steps;
}

test('a plan gives each agent a user and a group of its own, and copies what runs and nothing else', () => {
  const steps = stepsOf('--agent alpha --agent beta=carol', { users: [...bare.users, { name: 'carol', uid: 1000 }] });
  const users = steps.filter(({ kind }) => kind === 'user').map((step) => 'name' in step && step.name);
  deepStrictEqual(users, ['twokey', 'agent-alpha'], 'carol is there');
  const members = steps.flatMap((step) => (step.kind === 'member' ? [`${step.user} ${step.group}`] : []));
  deepStrictEqual(members, ['agent-alpha twokey-alpha', 'twokey twokey-alpha', 'carol twokey-beta', 'twokey twokey-beta']);
  const program = steps.find(({ kind }) => kind === 'program');
  deepStrictEqual(program?.kind === 'program' && program.parts, ['node_modules/zod']);
  ok(steps.every((step) => describe(step) !== ''));
});

test('agents who would be the gateway, root, or one another are refused with the fix', () => {
  const declared = { agents: ['alpha', 'beta'], environment: 'sim' };
  for (const [words, reason, facts] of [
    ['--agent alpha=twokey', /who may do what the gateway may.*--agent alpha=USER/, {}],
    ['--agent alpha=root', /who may do what the gateway may/, {}],
    ['--agent alpha=carol --agent beta=carol', /would both be carol/, {}],
    ['--agent gamma', /no \[agents\.gamma\] in twokey\.toml/, { declared }],
    [`--agent ${'a'.repeat(32)}`, /give the agent a shorter name/, {}],
    ['--agent Alpha', /expected --agent NAME/, {}],
    ['--agent alpha=a;b', /no name of a user/, {}],
    ['--name ../x', /expected --name/, {}],
    ['--reach example.com', /expected --reach as an address/, {}],
    ['--key alpha=x', /add --box/, {}],
    ['--bogus', /Unknown option/, {}],
    ['', /npm ci|install from a checkout/, { source: '/nowhere' }],
  ] as const) {
    const plan = planned(words, facts);
    match(plan.ok ? 'planned' : plan.error, reason, words);
  }
  deepStrictEqual(
    stepsOf('', { declared }).flatMap((step) => (step.kind === 'group' ? [step.name] : [])),
    ['twokey-alpha', 'twokey-beta'],
    'agents of the file need not be named',
  );
});

test('a box takes one plain public key an agent, and root alone writes the file that it stands in', () => {
  const steps = stepsOf(`--box --agent alpha --key alpha=${folder}/good.pub`);
  const file = steps.find((step) => step.kind === 'file' && step.path.endsWith('authorized_keys'));
  ok(file?.kind === 'file');
  strictEqual(file.text, `restrict,command="/usr/local/bin/twokey mcp --agent alpha" ${key}\n`);
  deepStrictEqual([file.owner.user, file.mode], ['root', 0o644]);
  const above = steps.filter((step) => step.kind === 'folder' && file.path.startsWith(`${step.path}/`));
  deepStrictEqual(
    above.map((step) => 'owner' in step && step.owner.user),
    ['root', 'root', 'root'],
  );
  for (const name of ['two.pub', 'options.pub', 'private', 'none']) {
    const plan = planned(`--box --agent alpha --key alpha=${folder}/${name}`);
    match(plan.ok ? 'planned' : plan.error, /not one public key/, name);
  }
  const plan = planned('--box --agent alpha');
  match(plan.ok ? 'planned' : plan.error, /--key alpha=FILE/);
});

test('the service reaches this machine alone in sim, what was named elsewhere, and says so where nobody named anything', () => {
  const facts = { service: 'twokey', home: '/var/lib/twokey', program: '/opt/twokey', credential: null };
  match(unitText({ ...facts, reaches: [], isSimulated: true }), /^IPAddressDeny=any\nIPAddressAllow=localhost$/m);
  match(
    unitText({ ...facts, reaches: ['192.0.2.0/24'], isSimulated: false }),
    /^IPAddressDeny=any\nIPAddressAllow=localhost 192\.0\.2\.0\/24$/m,
  );
  match(unitText({ ...facts, reaches: [], isSimulated: false }), /Nobody said[^]*^#IPAddressDeny=any$/m);
});

test('the unit hands the key over where somebody named it, and a file that others can read or exchange is refused', () => {
  const file = join(folder, 'okx.key');
  writeFileSync(file, 'x', { mode: 0o600 });
  const unitOf = (words: string): string => {
    const step = stepsOf(words).find((each) => each.kind === 'file' && each.path.endsWith('.service'));
    return step?.kind === 'file' ? step.text : '';
  };
  match(unitOf(`--credential ${file}`), new RegExp(`^LoadCredential=okx:${file}$`, 'm'));
  match(unitOf(`--encrypted-credential ${file}`), new RegExp(`^LoadCredentialEncrypted=okx:${file}$`, 'm'));
  doesNotMatch(unitOf(''), /LoadCredential/);
  match(unitOf(''), /^LimitCORE=1\nMemorySwapMax=0$/m);
  const refused = (words: string): string => {
    const plan = planned(words);
    return plan.ok ? '' : plan.error;
  };
  match(refused(`--credential ${file} --encrypted-credential ${file}`), /and not both/);
  match(refused(`--credential ${folder}/none`), /none is no file/);
  for (const path of ['okx.key', '/etc/a%b', '/etc/a:b', '/etc/a\nUser=root'])
    match(refused(`--credential ${path}`), /expected the full path/);
  chmodSync(file, 0o640);
  match(refused(`--credential ${file}`), /others can read .*chmod 600/);
  match(unitOf(`--encrypted-credential ${file}`), /LoadCredentialEncrypted/, 'it can be read by nobody but this machine');
});

test('uninstall keeps the journal unless it is told otherwise, and users that were there before in any case', () => {
  const plan = (purges: boolean) =>
    planUninstall({ service: 'twokey', purges }, { hasSystemd: true, made: { users: ['twokey'], groups: ['twokey-a'] } });
  const home = (steps: readonly Step[]) =>
    steps.filter((step) => 'path' in step && step.path === '/var/lib/twokey').map(({ kind }) => kind);
  deepStrictEqual([home(plan(false)), home(plan(true))], [['give_to_root'], ['remove']]);
  deepStrictEqual(
    plan(true).flatMap((step) => (step.kind === 'remove_user' ? [step.name] : [])),
    ['twokey'],
  );
});
