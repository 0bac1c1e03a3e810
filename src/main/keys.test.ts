import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vault, VaultReady } from '../adapters/vault/signer.ts';
import type { Result } from '../core/lang/result.ts';
import type { AccountConfigReport, ReadReport } from '../core/order/report.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import type { SignedStage } from '../core/stage/artefact.ts';
import type { Signer } from '../ports/signer.ts';
import type { CheckpointSigned } from '../ports/snapshots.ts';
import type { Ask } from './account.ts';
import { Keys, type Rotating } from './keys.ts';
import { signedStage } from '../../test/support/signed-stage.ts';

const good: AccountConfigReport = {
  uid: '1001',
  mainUid: '1000',
  accountLevel: '2',
  positionMode: 'net_mode',
  permissions: ['read_only', 'trade'],
  addresses: ['192.0.2.1'],
  label: '',
  autoLoan: false,
  spotBorrow: false,
};

type Said = Partial<AccountConfigReport> | Extract<ReadReport, { readonly kind: 'failed' }>;

/** A vault that notes what it is told, and what the exchange says to its key. */
function vaultOf(name: string, said: Said = {}, ready: Partial<VaultReady> = {}) {
  const told: string[] = [];
  const exit = Promise.withResolvers<{ readonly code: null; readonly signal: null }>();
  let sign: (signed: CheckpointSigned) => void = () => {};
  const whole: VaultReady = {
    source: name,
    skipped: [],
    checkpointKey: name,
    fingerprint: name,
    rules: 'same',
    enrolled: false,
    passkeyOrigins: [],
    secrets: {},
    ...ready,
  };
  const signer: Signer = {
    sign: () => Promise.resolve({ kind: 'refused', cause: name }),
    raise: (epoch) => void told.push(`epoch ${epoch}`),
  };
  const vault = {
    signer,
    ready: Promise.resolve<Result<VaultReady>>({ ok: true, value: whole }),
    exited: exit.promise,
    holdStage: (stage: SignedStage | null) => {
      told.push(`stage ${stage?.stage ?? 'none'}`);
      return Promise.resolve('');
    },
    setClockOffset: (offset: number) => void told.push(`offset ${offset}`),
    signCheckpoint: () =>
      new Promise<CheckpointSigned>((resolve) => {
        sign = resolve;
      }),
    retire: () => void told.push('retired'),
    close: () => void told.push('closed'),
  };
  const ask: Ask = ({ kind }) => {
    const report: ReadReport = 'kind' in said ? said : { kind: 'account_config', config: { ...good, ...said } };
    return Promise.resolve({ report: kind === 'account_config' ? report : { kind: 'failed', cause: 'not asked here' } });
  };
  return {
    open: { vault: vault as unknown as Vault, ready: whole },
    signer,
    ask,
    told,
    die: () => exit.resolve({ code: null, signal: null }),
    answer: () => sign({ kind: 'signed', signature: name }),
  };
}

type Fake = ReturnType<typeof vaultOf>;

/** Keys of `old`, and what exchanging them for those of `next` comes to. */
async function exchanged(old: Fake, next: Fake, changes: Partial<Rotating> = {}, keys = new Keys(old.open)) {
  const parsed = parseConfiguration('[policy]\ninstruments = ["BTC-USDT"]\n');
  assert.ok(parsed.ok);
  const notes: string[] = [];
  keys.setClockOffset(7);
  const rotated = await keys.rotate(
    {
      configuration: parsed.value,
      start: () => next.open.vault,
      askWith: (signer) => (signer === next.signer ? next.ask : old.ask),
      account: () => 'okx:sim:1001',
      fence: () => 3,
      note: (message) => {
        notes.push(message);
        return Promise.resolve(null);
      },
      ...changes,
    },
    '',
  );
  const signed = await keys.signer.sign({ kind: 'balance' }, '', 0);
  return { keys, rotated, notes, signs: signed.kind === 'refused' ? signed.cause : '' };
}

test('the new vault signs after the journal says so, knows the clock and the epoch before, and the old one is retired', async () => {
  const [old, next] = [vaultOf('old'), vaultOf('new')];
  const { rotated, notes, signs, keys } = await exchanged(old, next);
  assert.equal(rotated.ok && rotated.value.old, 'delete the old key at the exchange');
  assert.deepEqual(notes, ['the operator exchanges the keys of okx:sim:1001 for others of the same account']);
  assert.deepEqual(next.told, ['offset 7', 'stage none', 'offset 7', 'epoch 3']);
  assert.deepEqual(old.told, ['offset 7', 'retired']);
  assert.equal(signs, 'new');
  assert.equal(keys.checkpoints.key, 'new');
  keys.signer.raise(4);
  keys.setClockOffset(8);
  assert.deepEqual(next.told.slice(-2), ['epoch 4', 'offset 8']);
});

const silent: Said = { kind: 'failed', cause: 'ECONNRESET' };
const refusals: readonly (readonly [string, Fake, Fake, Partial<Rotating>, RegExp])[] = [
  ['the same keys', vaultOf('one'), vaultOf('one'), {}, /one holds the same keys as before/],
  [
    'other limits',
    vaultOf('old'),
    vaultOf('new', {}, { rules: 'wider' }),
    {},
    /ceiling\.toml or operator\.toml is not as it was at the start/,
  ],
  ['another account', vaultOf('old'), vaultOf('new', { uid: '1002' }), {}, /opens okx:sim:1002, and the books are those of okx:sim:1001/],
  ['a key that may withdraw', vaultOf('old'), vaultOf('new', { permissions: ['trade', 'withdraw'] }), {}, /may withdraw/],
  ['no answer to the new key', vaultOf('old'), vaultOf('new', silent), {}, /of the new key: ECONNRESET/],
  ['no answer to the old key', vaultOf('old', silent), vaultOf('new'), {}, /of the old key: ECONNRESET/],
  ['an old key of another account', vaultOf('old', { uid: '1002' }), vaultOf('new'), {}, /the old key opens another account/],
  ['a journal that cannot be written', vaultOf('old'), vaultOf('new'), { note: () => Promise.resolve('full') }, /full/],
];

for (const [what, old, next, changes, words] of refusals) {
  test(`with ${what} the old keys stay, the new vault ends, and the gateway does not halt`, async () => {
    const { keys, rotated, signs } = await exchanged(old, next, changes);
    assert.ok(!rotated.ok);
    assert.match(rotated.error, /^the keys stay as they were: /);
    assert.match(rotated.error, words);
    assert.equal(next.told.at(-1), 'closed');
    assert.ok(!next.told.includes('epoch 3'));
    assert.ok(!old.told.includes('retired'));
    assert.equal(keys.checkpoints.key, old.open.ready.checkpointKey);
    if (old.open.ready.source !== next.open.ready.source) assert.equal(signs, 'old');
    next.die();
    assert.equal(await Promise.race([keys.died.then(() => 'died'), Promise.resolve('lives')]), 'lives');
  });
}

test('an old key that the exchange takes no more does not stand in the way', async () => {
  const { rotated, signs } = await exchanged(vaultOf('old', { kind: 'failed', cause: 'x', code: '50119' }), vaultOf('new'));
  assert.equal(rotated.ok && rotated.value.old, 'the exchange takes the old key no more');
  assert.equal(signs, 'new');
});

test('the death of the vault that signs is told, and the end of the one that did is not', async () => {
  const [old, next] = [vaultOf('old'), vaultOf('new')];
  const { keys } = await exchanged(old, next);
  let died = false;
  void keys.died.then(() => (died = true));
  old.die();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(died, false);
  next.die();
  await keys.died;
});

test('a checkpoint that the old vault signs after the change is none: its signature would stand beside the new key', async () => {
  const parsed = parseConfiguration('[policy]\ninstruments = ["BTC-USDT"]\n');
  assert.ok(parsed.ok);
  const [old, next] = [vaultOf('old'), vaultOf('new')];
  const keys = new Keys(old.open);
  const signing = keys.checkpoints.sign({ account: 'okx:sim:1001', seq: 1, hash: '', state: '' });
  const asking = { configuration: parsed.value, start: () => next.open.vault, askWith: () => next.ask };
  const rotated = await keys.rotate(
    { ...asking, account: () => 'okx:sim:1001', fence: () => 0, note: () => Promise.resolve(null) },
    'a test',
  );
  assert.ok(rotated.ok);
  old.answer();
  assert.deepEqual(await signing, { kind: 'refused', cause: 'the keys were exchanged meanwhile' });
});

test('one change at a time', async () => {
  const parsed = parseConfiguration('[policy]\ninstruments = ["BTC-USDT"]\n');
  assert.ok(parsed.ok);
  const [old, next] = [vaultOf('old'), vaultOf('new')];
  const keys = new Keys(old.open);
  const rotating: Rotating = {
    configuration: parsed.value,
    start: () => next.open.vault,
    askWith: () => next.ask,
    account: () => 'okx:sim:1001',
    fence: () => 0,
    note: () => Promise.resolve(null),
  };
  const first = keys.rotate(rotating, '');
  assert.deepEqual(await keys.rotate(rotating, ''), { ok: false, error: 'the keys are being exchanged already' });
  assert.ok((await first).ok);
});

test('the stage that the operator signed goes over to the new vault, and one that falls while the keys are exchanged as well', async () => {
  const [old, next] = [vaultOf('old'), vaultOf('new')];
  const signed = signedStage('LIVE-1');
  const keys = new Keys(old.open);
  await keys.holdStage(signed);
  const { rotated } = await exchanged(old, next, {}, keys);
  assert.ok(rotated.ok);
  assert.deepEqual(
    next.told.filter((each) => each.startsWith('stage')),
    ['stage LIVE-1'],
  );
  const later = vaultOf('later');
  const demote = async () => {
    await keys.holdStage(null);
    return null;
  };
  const falling = await exchanged(next, later, { note: demote }, keys);
  assert.ok(falling.rotated.ok);
  assert.deepEqual(
    later.told.filter((each) => each.startsWith('stage')),
    ['stage LIVE-1', 'stage none'],
  );
});
