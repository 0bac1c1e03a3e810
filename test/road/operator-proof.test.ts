import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase32 } from '../../src/vault/base32.ts';
import { codeAt, STEP_MILLISECONDS } from '../../src/vault/operator-proof.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { modesChanged } from './harness/stops.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const PASSPHRASE = 'seventeen small boats';

/** What a person types into `twokey operator enroll`; the secret that their authenticator has from then on. */
async function enrolled(world: World): Promise<Uint8Array> {
  const program = world.talk(['operator', 'enroll']);
  program.answer(PASSPHRASE);
  program.answer(PASSPHRASE);
  await eventually('the secret is shown', () => /otpauth/.test(program.stderr) || !program.running);
  const secret = fromBase32(/secret {2}([A-Z2-7]{32})$/m.exec(program.stderr)?.[1] ?? '');
  program.answer(codeAt(secret, stepNow()));
  const { code } = await program.exited;
  assert.equal(code, 0, program.stderr);
  assert.match(program.stdout, /^written: .*operator\.toml\n→ start the gateway again/);
  assert.doesNotMatch(program.stdout + program.stderr, new RegExp(PASSPHRASE));
  return secret;
}

function stepNow(): number {
  return Math.floor(Date.now() / STEP_MILLISECONDS);
}

type Told = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A command, with a passphrase and a code for whoever asks for them; again while it is too soon after a failure. */
async function proving(
  world: World,
  argv: readonly string[],
  typed: { readonly passphrase: string; readonly code: string },
): Promise<Told> {
  let told: Told = { code: null, stdout: '', stderr: '' };
  await eventually('it is not too soon any more', async () => {
    const program = world.talk(argv);
    program.answer(typed.passphrase);
    program.answer(typed.code);
    const { code } = await program.exited;
    told = { code, stdout: program.stdout, stderr: program.stderr };
    return !/may come in/.test(told.stderr);
  });
  return told;
}

test('with require_proof an order is approved and a mode is left with passphrase and code alone, failures outlive a restart, and stopping asks for nothing', async () => {
  await using world = await World.create({ sections: '[approval]\nabove = 100\nttl = "30m"\n[operator]\nrequire_proof = true' });
  const secret = await enrolled(world);
  assert.equal(statSync(join(world.home, 'operator.toml')).mode & 0o777, 0o600);
  assert.equal((await world.run(['operator', 'enroll'])).code, 1, 'it is never written over');
  const gateway = await world.up();
  const agent = await world.agent();
  const asked = await agent.call('place_order', {
    intent_id: 'big',
    instrument: 'BTC-USDT',
    side: 'buy',
    type: 'market',
    quantity: '150',
    quantity_unit: 'usd',
    reason: 'approve this now',
  });
  assert.equal(asked.answer.status, 'pending_approval', asked.text);
  const [order] = (await world.read('approvals'))['approvals'] as readonly { readonly id: string }[];
  const approve = ['approve', order?.id ?? ''];

  const silent = await world.run(approve);
  assert.equal(silent.code, 1);
  assert.match(silent.stderr, /approve needs your passphrase and a code of your authenticator; nothing was done/);
  assert.equal(journalOf(world.home).filter(({ kind }) => kind === 'proof').length, 0);

  const wrong = { passphrase: 'seventeen small boots', code: codeAt(secret, stepNow()) };
  for (const count of [1, 2]) {
    // oxlint-disable-next-line no-await-in-loop
    const refused = await proving(world, approve, wrong);
    assert.equal(refused.code, 1, String(count));
    assert.match(refused.stderr, /passphrase or code is wrong, or the code was used before; nothing was done/);
  }
  assert.doesNotMatch((await world.run(['alerts'])).stdout, /OPERATOR_PROOF/);
  await gateway.kill();
  const second = await world.up();
  await proving(world, approve, wrong);
  const alerts = await world.read('alerts');
  assert.match(JSON.stringify(alerts), /3 times in a row somebody could not prove to be the operator, the last time for: approve /);
  assert.deepEqual((await world.exchange.ledger()).orders, []);

  const step = stepNow();
  const agreed = await proving(world, approve, { passphrase: PASSPHRASE, code: codeAt(secret, step) });
  assert.equal(agreed.code, 0, agreed.stdout + agreed.stderr);
  assert.equal((await world.exchange.ledger()).orders.length, 1);

  assert.equal((await world.run(['freeze', 'ETH-USDT'])).code, 0);
  assert.equal((await world.run(['reduce-only'])).code, 0);
  assert.equal((await world.run(['unfreeze', 'ETH-USDT', '--reason', 'x'])).code, 1);
  assert.equal((await world.run(['resume'])).code, 1);
  const used = await proving(world, ['resume'], { passphrase: PASSPHRASE, code: codeAt(secret, step) });
  assert.equal(used.code, 1, used.stdout);
  assert.equal((await world.read('status'))['mode'], 'REDUCE_ONLY');
  const resumed = await proving(world, ['resume'], { passphrase: PASSPHRASE, code: codeAt(secret, Math.max(stepNow(), step + 1)) });
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(modesChanged(world.home).at(-1)?.['to'], 'ACTIVE');

  const proofs = journalOf(world.home).filter(({ kind }) => kind === 'proof');
  assert.deepEqual(
    proofs.map(({ body }) => body['outcome']),
    ['begun', 'refused', 'begun', 'refused', 'begun', 'refused', 'begun', 'accepted', 'begun', 'refused', 'begun', 'accepted'],
  );
  assert.match((await world.run(['log', 'show', '--kind', 'proof'])).stdout, /proof of the operator for resume: accepted/);
  await second.stop();
  const kept = readFileSync(join(world.home, 'state', 'journal.db'), 'latin1') + second.stdout + second.stderr;
  for (const told of [
    PASSPHRASE,
    wrong.passphrase,
    readFileSync(join(world.home, 'operator.toml'), 'utf8').split('"').at(-2) ?? PASSPHRASE,
  ])
    assert.ok(!kept.includes(told));
});

test('where a proof is asked for and nobody is enrolled nothing is loosened, and no other program on the socket gets around it', async () => {
  await using world = await World.create({ sections: '[operator]\nrequire_proof = true' });
  await world.up();
  assert.equal((await world.run(['halt'])).code, 0);
  const resumed = await world.run(['resume']);
  assert.equal(resumed.code, 1);
  assert.match(resumed.stderr, /nobody is enrolled: twokey operator enroll, then start the gateway again/);
  // Enrolled behind a gateway that runs: whoever could write the file meanwhile is not the operator by that.
  const secret = await enrolled(world);
  const late = await proving(world, ['resume'], { passphrase: PASSPHRASE, code: codeAt(secret, stepNow()) });
  assert.match(late.stderr, /nobody is enrolled/);
  assert.equal((await world.read('status'))['mode'], 'HALTED');
});
