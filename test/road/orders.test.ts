import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Answer } from './harness/agent.ts';
import { booksEqualLedger, scaled } from './harness/books.ts';
import { eventually, pause } from './harness/eventually.ts';
import type { LedgerOrder } from './harness/exchange.ts';
import { bootedMode, journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const ORDER = '/api/v5/trade/order';

async function below(world: World, instrument: string): Promise<string> {
  return String(Math.floor((await world.exchange.lastPrice(instrument)) * 0.9));
}

/** As a person does who has looked: entries close where nothing was known of the account, or the machine held the gateway up. */
async function reopen(world: World): Promise<number | null> {
  return (await world.run(['resume', '--reason', 'it was a test'])).code;
}

/** Asks anew until an order fills: prices may be too old for a moment, and entries closed. */
async function fillsAgain(world: World, agent: Agent, name: string): Promise<void> {
  let attempt = 0;
  await eventually(`an order fills (${name})`, async () => {
    attempt += 1;
    const { status, code } = await agent.place({ intent_id: `${name}-${attempt}`, quantity: (50 + attempt / 100).toFixed(2) });
    if (code === 'REDUCE_ONLY') await reopen(world);
    return status === 'filled';
  });
}

/** Whatever was allowed was decided on prices of no greater age. */
function assertFresh(world: World, ageMillisecondsMax: number): void {
  type Inputs = { readonly now: number; readonly quote: { readonly at: number; readonly received_at: number } };
  for (const { body } of journalOf(world.home).filter((entry) => entry.kind === 'decision' && entry.body['outcome'] === 'allow')) {
    const { now, quote } = body['inputs'] as Inputs;
    assert.ok(now - quote.at <= ageMillisecondsMax);
    assert.ok(now - quote.received_at <= ageMillisecondsMax);
  }
}

/** What became of an order, once that is known. */
function outcomeOf(agent: Agent, asked: Answer): Promise<Answer> {
  return eventually(`the outcome of ${asked.intent_id} is known`, async () => {
    const answer = asked.status === 'unknown' ? await agent.intent(asked.intent_id ?? '', 25) : asked;
    return answer.status !== 'unknown' && answer;
  });
}

test('two hundred orders at once from one agent: none lost, none double, each filled or said not to be, and a start reads them all', async () => {
  await using world = await World.create({ policy: { max_open_orders: '300' } });
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  // On a slow machine some are too late to leave, or to be taken: these are asked for again.
  for (let [asked, filled] = [0, 0]; filled < 200;) {
    // oxlint-disable no-await-in-loop
    const first = asked;
    asked += 200 - filled;
    const answers = await Promise.all(
      Array.from({ length: asked - first }, async (_, index) =>
        outcomeOf(agent, await agent.place({ intent_id: `w${first + index}`, quantity: (20 + (first + index) / 100).toFixed(2) })),
      ),
    );
    const others = answers.filter(({ status }) => status !== 'filled');
    for (const { status, code, sent_to_exchange } of others)
      assert.match(
        `${status} ${code} ${sent_to_exchange}`,
        /^(rejected UNAVAILABLE no|rejected EXCHANGE_REJECTED yes|denied REDUCE_ONLY no)$/,
        JSON.stringify(others),
      );
    if (others.some(({ code }) => code === 'REDUCE_ONLY')) await reopen(world);
    filled += answers.length - others.length;
    // oxlint-enable no-await-in-loop
  }
  const { orders, refused } = await world.exchange.ledger();
  assert.equal(orders.length, 200);
  assert.equal(new Set(orders.map(({ clOrdId }) => clOrdId)).size, 200);
  assert.deepEqual(
    refused.filter(({ code }) => code !== '50036'),
    [],
    'nothing was refused but what came after its expiry',
  );
  await booksEqualLedger(world);
  await eventually('entries are open', async () => (await world.read('status'))['mode'] === 'ACTIVE' || void (await reopen(world)));
  await gateway.kill();
  await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  assert.ok(journalOf(world.home).length > 1000, 'more than one page of the journal was read');
  await booksEqualLedger(world);
});

test('an exchange that keeps its rate limits is never asked too often: no order fails for it, and the books follow', async () => {
  await using world = await World.create({ rates: 'strict' });
  await world.up();
  const agent = await world.agent();
  const price = await below(world, 'BTC-USDT');
  const resting = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      agent.place({ intent_id: `r${index}`, type: 'post_only', price, quantity: (20 + index / 100).toFixed(2) }),
    ),
  );
  for (const answer of resting) assert.equal(answer.sent_to_exchange, 'yes', JSON.stringify(answer));
  const filled = await agent.place({ intent_id: 'now', instrument: 'ETH-USDT', quantity: '40' });
  assert.equal(filled.sent_to_exchange, 'yes', JSON.stringify(filled));
  await eventually('the fill is proven', async () => (await agent.intent('now')).verification === 'matched');
  const { refused, orders } = await world.exchange.ledger();
  assert.deepEqual(refused, []);
  assert.equal(orders.length, 31);
  await agent.call('cancel_orders', { intent_id: 'cancel', reason: 'enough' });
  await eventually(
    'all are cancelled',
    async () => (await world.exchange.ledger()).orders.filter(({ state }) => state === 'live').length === 0,
  );
  await booksEqualLedger(world);
});

test('ten closes at once close once: the position ends flat and never on the other side', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  for (const [instrument, side] of [
    ['BTC-USDT-SWAP', 'sell'],
    ['ETH-USDT', 'buy'],
  ] as const) {
    // oxlint-disable no-await-in-loop
    assert.equal((await agent.place({ intent_id: `open-${instrument}`, instrument, side, quantity: '60' })).status, 'filled');
    const closes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        agent.call('close_position', { intent_id: `c${index}-${instrument}`, instrument, reason: 'out' }),
      ),
    );
    assert.equal(closes.filter(({ answer }) => answer.sent_to_exchange === 'yes').length, 1, JSON.stringify(closes));
    for (const { answer } of closes.filter(({ answer: { status } }) => status === 'denied')) assert.equal(answer.code, 'NOT_REDUCING');
    // oxlint-enable no-await-in-loop
  }
  await booksEqualLedger(world);
  assert.deepEqual((await world.exchange.ledger()).positions, []);
});

const thick = { max_order_size: '30000', max_position_size: '400000', max_total_exposure: '400000', max_leverage: '50' };

/** Asks for more than the first level of the book shows, at its price, until an order filled in part: prices move while we ask. */
async function inPart(
  world: World,
  agent: Agent,
  type: 'ioc' | 'limit',
): Promise<{ readonly answer: Answer; readonly order: LedgerOrder }> {
  let attempt = 0;
  return eventually('an order fills in part', async () => {
    attempt += 1;
    const price = await world.exchange.askPrice('BTC-USDT-SWAP');
    const wish = { intent_id: `part-${attempt}`, instrument: 'BTC-USDT-SWAP', type, price, quantity: String(20_000 + attempt) };
    const answer = await agent.place(wish);
    // One that filled whole, because the book had moved, leaves no margin for another.
    if (answer.code === 'MAX_MARGIN')
      await agent.call('close_position', { intent_id: `out-${attempt}`, instrument: wish.instrument, reason: 'it filled whole' });
    assert.equal(answer.sent_to_exchange, 'yes', JSON.stringify(answer));
    const order = (await world.exchange.ledger()).orders.find(({ clOrdId }) => clOrdId === answer.order?.client_order_id);
    const partly = order !== undefined && scaled(order.accFillSz) > 0n && scaled(order.accFillSz) < scaled(order.sz);
    return partly && { answer, order };
  });
}

test('an order that fills in part is booked in part, and its rest ends', async () => {
  await using world = await World.create({ policy: thick });
  await world.up();
  const agent = await world.agent();
  const { answer, order } = await inPart(world, agent, 'ioc');
  assert.equal(answer.status, 'cancelled', JSON.stringify(answer));
  assert.equal(answer.order?.filled, order.accFillSz);
  await booksEqualLedger(world);
});

test('an order that rests, fills in part, and is cancelled keeps what it filled', async () => {
  await using world = await World.create({ policy: thick });
  await world.up();
  const agent = await world.agent();
  const { answer } = await inPart(world, agent, 'limit');
  await agent.call('cancel_orders', { intent_id: 'cancel', reason: 'enough' });
  const ended = await eventually('the order has ended', async () => {
    const now = await agent.intent(answer.intent_id ?? '');
    return (now.status === 'cancelled' || now.status === 'filled') && now;
  });
  assert.notEqual(ended.order?.filled, '0');
  await booksEqualLedger(world);
});

test('a post-only order that would have taken is ended by the exchange, and the books say so', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  const price = String(Math.ceil((await world.exchange.lastPrice('BTC-USDT')) * 1.002));
  const answer = await agent.place({ intent_id: 'crosses', type: 'post_only', price, quantity: '40' });
  assert.notEqual(answer.status, 'filled', JSON.stringify(answer));
  await eventually('it has ended', async () => ['cancelled', 'rejected'].includes((await agent.intent('crosses')).status ?? ''));
  assert.deepEqual((await world.exchange.ledger()).fills, []);
  await booksEqualLedger(world);
});

test('an order whose answer was lost can be cancelled before anybody knows that it lives', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  await world.exchange.arm({ kind: 'lost_ack', path: ORDER, executed: true });
  const asked = agent.place({ intent_id: 'lost', type: 'post_only', price: await below(world, 'BTC-USDT'), quantity: '40' });
  await eventually('the exchange has it', async () => (await world.exchange.ledger()).orders.length === 1);
  const cancel = await agent.call('cancel_orders', { intent_id: 'cancel', reason: 'changed my mind' });
  assert.notEqual(cancel.answer.status, 'denied', JSON.stringify(cancel.answer));
  await asked;
  await eventually('it is cancelled', async () => (await agent.intent('lost')).status === 'cancelled');
  const outcome = await agent.intent('cancel');
  assert.equal(outcome.status, 'cancelled', JSON.stringify(outcome));
  await booksEqualLedger(world);
});

test('a stop in the middle of a request is as good as a kill: the next start finds the order', async () => {
  await using world = await World.create();
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  await world.exchange.arm({ kind: 'lost_ack', path: ORDER, executed: true });
  await world.exchange.arm({ kind: 'query_fails', path: '/api/v5/trade', count: 10_000 });
  const asked = agent.place({ intent_id: 'cut', quantity: '41' });
  await eventually('the exchange has it', async () => (await world.exchange.ledger()).orders.length === 1);
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  const told = await asked;
  assert.equal(told.status, 'unknown', JSON.stringify(told));
  await world.exchange.heal();
  await world.up();
  const again = await world.agent();
  await eventually('the order is found', async () => (await again.intent('cut', 5)).status === 'filled');
  await booksEqualLedger(world);
});

test('an exchange that dies is no reason to trade on old prices, and when it is back everything is found again', async () => {
  await using world = await World.create({ policy: { max_data_age: '"2s"' } });
  const exchange = await world.startExchange();
  await world.up();
  const agent = await world.agent();
  await fillsAgain(world, agent, 'before');
  await exchange.kill();
  const blind = await eventually('prices are too old', async () => {
    const answer = await agent.place({ intent_id: `blind-${performance.now().toFixed(0)}`, quantity: (30 + Math.random()).toFixed(4) });
    assert.notEqual(answer.status, 'filled');
    // Where nothing is known of the account for long, that comes first.
    return /^(STALE_DATA|REDUCE_ONLY)$/.test(answer.code ?? '') && answer;
  });
  assert.equal(blind.sent_to_exchange, 'no');
  await world.startExchange();
  await fillsAgain(world, agent, 'after');
  assertFresh(world, 2000);
  await eventually('nothing is unknown any more', async () => (await world.read('status'))['orders_of_unknown_outcome'] === 0);
  await booksEqualLedger(world);
});

test('while the first comparison cannot be made nothing is traded, whatever the books say; then the gateway is ready', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  await first.stop();
  await world.exchange.arm({ kind: 'query_fails', path: '/api/v5/account/positions', count: 10_000 });
  const gateway = world.start(['up']);
  await eventually('it boots', async () => (await world.run(['status', '--json'])).stdout.includes('"BOOT"'));
  const agent = await eventually('agents can reach it', () => world.agent());
  const early = await agent.place({ intent_id: 'early' });
  assert.equal(early.code, 'BOOTING', JSON.stringify(early));
  assert.equal(gateway.stdout, '');
  await world.exchange.heal();
  await gateway.line(/^ready okx:sim:1001 /);
  assert.equal(bootedMode(world.home), 'ACTIVE');
  assert.equal((await agent.place({ intent_id: 'now' })).status, 'filled');
});

test('what is held can be closed after its instrument was taken off the list, and nothing more of it can be bought', async () => {
  await using world = await World.create();
  await world.startExchange();
  const first = await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'swap', instrument: 'BTC-USDT-SWAP', quantity: '60' })).status, 'filled');
  await first.stop();
  const file = join(world.home, 'twokey.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^instruments = .*$/m, 'instruments = ["BTC-USDT"]'));
  await world.up();
  const again = await world.agent();
  const more = await again.place({ intent_id: 'more', instrument: 'BTC-USDT-SWAP', quantity: '61' });
  assert.equal(more.code, 'NOT_ALLOWED', JSON.stringify(more));
  const other = await again.place({ intent_id: 'other', instrument: 'BTC-USDT', quantity: '62' });
  assert.equal(other.status, 'filled', JSON.stringify(other));
  const closed = await again.call('close_position', { intent_id: 'close', instrument: 'BTC-USDT-SWAP', reason: 'off the list' });
  assert.equal(closed.answer.status, 'filled', JSON.stringify(closed.answer));
  await booksEqualLedger(world);
});

test('a gateway that was stopped in its tracks decides nothing on the prices from before, and opens nothing until a person has looked', async () => {
  await using world = await World.create({ policy: { max_data_age: '"1s"' } });
  const gateway = await world.up();
  const agent = await world.agent();
  process.kill(gateway.pid, 'SIGSTOP');
  const asked = Array.from({ length: 5 }, (_, index) => agent.place({ intent_id: `slept-${index}`, quantity: String(20 + index) }));
  await pause(2500);
  process.kill(gateway.pid, 'SIGCONT');
  await Promise.all(asked);
  // Whoever could not look for seconds does not know what happened meanwhile.
  const status = await eventually('entries are closed', async () => {
    const now = await world.read('status');
    return now['mode'] === 'REDUCE_ONLY' && now;
  });
  assert.match(String(status['mode_cause']), /^the gateway was held up for \d+\.\d s/);
  await eventually('a person opens them', async () => (await reopen(world)) === 0);
  await fillsAgain(world, agent, 'awake');
  assertFresh(world, 1000);
  await booksEqualLedger(world);
});

test('what a close leaves behind below the smallest order is dust: listed, not counted, and no difference', async () => {
  await using world = await World.create({ policy: { max_open_positions: '1' } });
  await world.up();
  const agent = await world.agent();
  for (const [round, instrument] of ['ETH-USDT', 'BTC-USDT', 'ETH-USDT'].entries()) {
    // oxlint-disable no-await-in-loop
    const name = `${instrument}-${round}`;
    const opened = await agent.place({ intent_id: `open-${name}`, instrument, quantity: `33.3${round}` });
    assert.equal(opened.status, 'filled', JSON.stringify(opened));
    const other = instrument === 'ETH-USDT' ? 'BTC-USDT-SWAP' : 'ETH-USDT';
    assert.equal((await agent.place({ intent_id: `other-${name}`, instrument: other, quantity: '34' })).code, 'MAX_OPEN_POSITIONS');
    await eventually('the fill is proven', async () => (await agent.intent(`open-${name}`)).verification === 'matched');
    const { answer } = await agent.call('close_position', { intent_id: `close-${name}`, instrument, reason: 'out' });
    assert.equal(answer.status, 'filled', JSON.stringify(answer));
    await eventually('the close is proven', async () => (await agent.intent(`close-${name}`)).verification === 'matched');
    const again = await agent.call('close_position', { intent_id: `again-${name}`, instrument, reason: 'out' });
    assert.equal(again.answer.code, 'NOT_REDUCING', JSON.stringify(again.answer));
    // oxlint-enable no-await-in-loop
  }
  assert.equal((await world.read('reconcile'))['clean'], true);
  await booksEqualLedger(world);
});

test('an exchange whose clock runs ahead is found out, and nothing is traded by guess', async () => {
  await using world = await World.create();
  await world.startExchange();
  await world.exchange.advance(10_000);
  const gateway = world.start(['up']);
  await gateway.line(/^ready /);
  const agent = await world.agent();
  const answer = await agent.place({ intent_id: 'skewed' });
  // The clock closes entries too, as soon as it has been looked at often enough: which of the two refuses is a matter of how fast this machine is.
  assert.match(String(answer.code), /^(?:STALE_DATA|REDUCE_ONLY)$/, JSON.stringify(answer));
  const doctor = await world.run(['doctor', '--json']);
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /clock/);
  assert.deepEqual((await world.exchange.ledger()).orders, []);
});
