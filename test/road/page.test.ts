import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Authenticator } from '../support/authenticator.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { Hook } from './harness/hook.ts';
import { Browser, PASSPHRASE, Person, portOf, post } from './harness/page.ts';
import { modesChanged } from './harness/stops.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// The real gateway, doors and vault; the browser and its device are played, byte by byte. In a real browser: page-browser.test.ts.

const approval = '[approval]\nabove = 100\nttl = "30m"\n';

async function askBig(world: World, intentId = 'big', instrument = 'BTC-USDT'): Promise<string> {
  const agent = await world.agent();
  const asked = await agent.place({ intent_id: intentId, instrument, quantity: '150', reason: 'approve this now' });
  assert.equal(asked.status, 'pending_approval', JSON.stringify(asked));
  const rows = (await world.read('approvals'))['approvals'] as readonly { readonly id: string; readonly intent_id: string }[];
  return rows.find((row) => row.intent_id === intentId)?.id ?? '';
}

async function ordersSent(world: World): Promise<number> {
  return (await world.exchange.ledger()).orders.length;
}

test('a browser enters by a code of twokey page, once, and from then on looks and stops; what opens needs a proof each time, also where the command line asks for none', async () => {
  await using world = await World.create({ sections: approval });
  await world.up();
  const origin = `http://localhost:${await portOf(world)}`;
  const browser = new Browser(origin);
  assert.equal((await browser.do('status')).status, 401);
  assert.equal((await browser.ask({ ask: 'enter', code: '0000-0000-0000-0000' })).status, 401);
  const { code } = (await world.read('page')) as { readonly code: string };
  assert.match(code, /^([0-9a-z]{4}-){3}[0-9a-z]{4}$/);
  const entered = await browser.ask({ ask: 'enter', code: code.toUpperCase() });
  assert.equal(entered.status, 200);
  assert.match(entered.cookie, /^twokey=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  assert.equal((await new Browser(origin).ask({ ask: 'enter', code })).status, 401, 'a code is used up');
  assert.match(JSON.stringify(await world.read('alerts')), /PAGE_OPENED.*the operator's page was opened with a code of twokey page/);

  for (const verb of ['status', 'limits', 'positions', 'orders', 'approvals', 'alerts', 'agents'])
    assert.deepEqual(Object.keys((await browser.do(verb)).body), Object.keys(await world.read(verb)), verb);
  const { entries } = (await browser.ask({ ask: 'log' })).body as { readonly entries: readonly { readonly text: string }[] };
  assert.ok(entries.some(({ text }) => /start-up ended: mode ACTIVE/.test(text)));

  const id = await askBig(world);
  const refused = await browser.do('approve', { approval: id, reason: '' });
  assert.deepEqual([refused.status, refused.body['code']], [403, 'PROOF_REQUIRED']);
  assert.equal((await browser.do('deny', { approval: id, reason: 'no' })).status, 200);
  assert.equal((await browser.do('reduce_only', { reason: 'x' })).body['mode'], 'REDUCE_ONLY');
  assert.equal((await browser.do('halt', { reason: 'x', flatten: false })).body['mode'], 'HALTED');
  assert.equal((await browser.do('resume', { reason: 'x' })).status, 403);
  for (const [verb, given] of [
    ['halt', { reason: 'x', flatten: true }],
    ['flatten', { instrument: 'BTC-USDT', reason: 'x' }],
    ['unfreeze', { subject: 'BTC-USDT', reason: 'x' }],
    ['adopt', { reason: 'x' }],
    ['agent_add', { agent: 'evil', reason: 'x' }],
    ['agent_token', { agent: 'default', reason: 'x' }],
    ['policy_loosen', { digest: 'a'.repeat(64), reason: 'x' }],
    ['rotate', { reason: 'x' }],
    ['page', {}],
    ['account_balance', {}],
  ] as const) {
    const said = await browser.do(verb, given);
    assert.deepEqual([said.status, said.body['message']], [409, 'the page does not do this; the command line does'], verb);
  }
  assert.equal(await ordersSent(world), 0);
  assert.equal((await browser.ask({ ask: 'leave' })).status, 200);
  browser.cookie = `twokey=${entered.cookie.slice('twokey='.length, 'twokey='.length + 43)}`;
  assert.equal((await browser.do('status')).status, 401, 'what was closed is closed');
});

test('half a session, another page, another port, another host and what is no JSON open nothing, and neither does any odd body end the doors', async () => {
  await using world = await World.create();
  const gateway = await world.up();
  const port = await portOf(world);
  const browser = new Browser(`http://localhost:${port}`);
  await browser.enter(world);
  const { cookie, key } = browser;
  const status = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await browser.do('status', {}, {}).then(() => browser.ask({ ask: 'do', verb: 'status', arguments: {} }, headers))).status;
  assert.equal(await status({}), 200);
  for (const origin of [
    'https://evil.example',
    'http://localhost:3000',
    `https://localhost:${port}`,
    `http://127.0.0.1:${port}`,
    'null',
    '',
  ])
    assert.equal(await status({ origin }), 403, origin);
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403, 'another port of this host');
  assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await status({ host: `evil.example:${port}` }), 421);
  assert.equal(await status({ 'content-type': 'text/plain' }), 415);
  const bare = { host: `localhost:${port}`, 'content-type': 'application/json' };
  const url = `http://localhost:${port}/ask`;
  const wish = { ask: 'do', verb: 'halt', arguments: { reason: 'x', flatten: false } };
  assert.equal((await post(url, wish, { ...bare, cookie, 'x-twokey-key': key })).status, 403, 'no Origin');
  const own = { ...bare, origin: `http://localhost:${port}` };
  for (const session of [
    { cookie },
    { 'x-twokey-key': key },
    { cookie, 'x-twokey-key': key.toLowerCase() },
    { cookie: `${cookie}; ${cookie}`, 'x-twokey-key': key },
  ])
    assert.equal((await post(url, wish, { ...own, ...session })).status, 401);
  for (const odd of [
    null,
    7,
    'x',
    {},
    { ask: 'enter' },
    { ask: 'do' },
    { ask: 'do', verb: 'status', arguments: { deep: [[[[[[[[[[]]]]]]]]]] } },
    { ask: 'do', verb: 'status', token: 'x' },
    { ask: 'x'.repeat(40_000) },
    { ask: 1.5 },
  ])
    assert.equal((await browser.ask(odd)).status, 400, JSON.stringify(odd).slice(0, 80));
  assert.doesNotMatch(gateway.stderr, /doors were restarted/);
  assert.deepEqual(modesChanged(world.home), []);
});

test('strangers who ask without end are told to wait, and who is in goes on', async () => {
  await using world = await World.create();
  await world.up();
  const origin = `http://localhost:${await portOf(world)}`;
  const browser = new Browser(origin);
  await browser.enter(world);
  assert.equal((await browser.do('status')).status, 200);
  const said = await Promise.all(Array.from({ length: 200 }, () => new Browser(origin).ask({ ask: 'enter', code: 'guess' })));
  const waits = said.filter(({ status }) => status === 429).length;
  assert.ok(waits > 20, `${waits} of 200`);
  assert.equal((await browser.do('reduce_only', { reason: 'x' })).status, 200);
  assert.deepEqual(
    journalOf(world.home).filter(({ kind }) => kind === 'proof'),
    [],
    'a stranger leaves no try behind',
  );
});

test('a passkey is made while no gateway runs, enters, and approves the one order that it has signed for; the passphrase does it too outside of live', async () => {
  await using world = await World.create({ sections: approval });
  const person = await Person.enroll(world);
  const { program, link } = await person.beginPasskey(world);
  const { origin, hash } = new URL(link);
  const device = new Authenticator({ origin });
  const plain = { host: new URL(origin).host, origin, 'content-type': 'application/json' };
  assert.equal((await post(`${origin}/ask`, { code: 'guessed' }, plain)).status, 401);
  assert.equal((await post(`${origin}/ask`, { code: hash.slice(1) }, { ...plain, origin: 'http://localhost:3000' })).status, 403);
  const options = (await post(`${origin}/ask`, { code: hash.slice(1) }, plain)).body;
  const wrong = await post(`${origin}/ask`, { code: hash.slice(1), registration: device.register('another') }, plain);
  assert.equal(wrong.status, 400);
  const made = await post(`${origin}/ask`, { code: hash.slice(1), registration: device.register(String(options['challenge'])) }, plain);
  assert.deepEqual([made.status, made.body], [200, { name: 'phone' }]);
  assert.equal((await program.exited).code, 0, program.stderr);
  assert.match(program.stdout, /^made: passkey phone\n→ start the gateway again/);
  const file = join(world.home, 'operator.toml');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), new RegExp(`\\[passkeys\\.phone\\]\\norigin = "${origin}"`));

  const gateway = await world.up();
  const again = world.talk(['operator', 'passkey', 'tablet']);
  again.answer(PASSPHRASE);
  again.answer(person.code());
  assert.equal((await again.exited).code, 1);
  assert.match(again.stderr, /something listens there: stop the gateway first/);
  const browser = new Browser(origin);
  const stranger = await browser.signed(new Authenticator({ origin }));
  assert.equal((await browser.ask({ ask: 'enter', ...stranger })).status, 403);
  // Whoever tries again waits a moment.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await browser.ask({ ask: 'enter', ...(await browser.signed(device)) })).status, 200);
  assert.deepEqual((await browser.ask({ ask: 'welcome' })).body, { passkeys: [origin], code: true });

  const [first, second] = [await askBig(world, 'first'), await askBig(world, 'second', 'ETH-USDT')];
  const deedOf = (id: string) => ({ verb: 'approve', arguments: { approval: id, reason: '' } });
  const signed = await browser.signed(device, deedOf(first));
  const swapped = await browser.do('approve', deedOf(second).arguments, { signed });
  assert.deepEqual([swapped.status, swapped.body['code']], [403, 'PROOF_REFUSED']);
  assert.equal((await browser.do('approve', deedOf(first).arguments, { signed })).status, 403, 'a challenge is used up by any try');
  const entrance = await browser.signed(device);
  assert.equal(
    (await browser.do('approve', deedOf(first).arguments, { signed: entrance })).status,
    403,
    'what was signed to enter approves nothing',
  );
  assert.equal(await ordersSent(world), 0);
  const right = await browser.signed(device, deedOf(first));
  const agreed = await browser.do('approve', deedOf(first).arguments, { signed: right });
  assert.equal(agreed.status, 200, JSON.stringify(agreed.body));
  assert.equal((await browser.do('approve', deedOf(first).arguments, { signed: right })).status, 403);
  assert.equal(await ordersSent(world), 1);

  const typed = { passphrase: PASSPHRASE, code: person.code() };
  assert.equal((await browser.do('approve', deedOf(second).arguments, { proof: typed })).status, 200);
  assert.equal(await ordersSent(world), 2);
  const proofs = journalOf(world.home).filter(({ kind }) => kind === 'proof');
  assert.deepEqual(
    proofs.map(({ body }) => [body['purpose'], body['outcome'], body['cause']]),
    [
      [`approve ${first} on the page`, 'begun', ''],
      [`approve ${first} on the page`, 'accepted', 'passkey phone'],
      [`approve ${second} on the page`, 'begun', ''],
      [`approve ${second} on the page`, 'accepted', ''],
    ],
  );
  await gateway.stop();
  assert.ok(!readFileSync(join(world.home, 'state', 'journal.db'), 'latin1').includes(PASSPHRASE));
});

test('a page that the owner reaches from elsewhere has its own origin, its cookie is for https alone, and alerts lead to it without a way in', async () => {
  await using hook = await Hook.open();
  await using world = await World.create({
    sections: `${approval}[alerts]\n[[alerts.sinks]]\nkind = "webhook"\nurl = "${hook.url}/all"\n`,
  });
  const file = join(world.home, 'twokey.toml');
  world.write('twokey.toml', readFileSync(file, 'utf8').replace('[http]\n', '[http]\npublic_url = "https://box.example"\n'));
  await world.up();
  const { urls, code } = (await world.read('page')) as { readonly urls: readonly string[]; readonly code: string };
  assert.equal(urls[1], 'https://box.example');
  const local = `${urls[0]}/ask`;
  const from = { host: 'box.example', origin: 'https://box.example', 'content-type': 'application/json' };
  assert.equal((await post(local, { ask: 'enter', code }, { ...from, origin: 'http://box.example' })).status, 403);
  const entered = await post(local, { ask: 'enter', code }, from);
  assert.match(entered.cookie, /^__Host-twokey=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/);
  await askBig(world);
  const notice = await eventually('the alert arrives', () => hook.at('/all').find(({ code: each }) => each === 'APPROVAL_ASKED'));
  assert.equal(notice['page'], 'https://box.example/#approvals');
  assert.match(String(notice['text']), /\npage: https:\/\/box\.example\/#approvals$/);
});
