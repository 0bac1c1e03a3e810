import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { modesChanged } from './harness/stops.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const SWAP = 'BTC-USDT-SWAP';

/** Contracts for more money than the book shows at its best prices, so that an exit which reaches no further is seldom filled whole. */
const COUNT = 45;

const policy = {
  require_stop: '"derivatives"',
  max_order_size: '100000',
  max_position_size: '100000',
  max_total_exposure: '100000',
  max_book_share: '"100%"',
  exit_collar: '"0.0005%"',
};

/** What a person does at the exchange before twokey is started. */
async function setPositionMode(url: string, posMode: string): Promise<void> {
  const path = '/api/v5/account/set-position-mode';
  const body = JSON.stringify({ posMode });
  const at = new Date().toISOString();
  const response = await fetch(url + path, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'ok-access-key': 'sim-key',
      'ok-access-sign': createHmac('sha256', 'sim-secret').update(`${at}POST${path}${body}`).digest('base64'),
      'ok-access-timestamp': at,
      'ok-access-passphrase': 'sim-pass',
      'x-simulated-trading': '1',
    },
  });
  const answer = (await response.json()) as { readonly code?: string };
  assert.equal(answer.code, '0', JSON.stringify(answer));
}

type Stop = { readonly state: string; readonly sz: string; readonly slTriggerPx: string; readonly at: number };

async function stopsOf(world: World): Promise<readonly Stop[]> {
  const { algos } = (await world.exchange.ledger()) as unknown as { readonly algos: readonly Stop[] };
  return algos.filter(({ state }) => state === 'live');
}

for (const mode of ['net_mode', 'long_short_mode']) {
  test(`in ${mode} a position is opened with its stop, moved, reduced, closed however many orders that takes, and proven flat`, async () => {
    await using world = await World.create({ policy });
    await world.startExchange();
    await setPositionMode(world.exchange.url, mode);
    await world.exchange.movePrice(SWAP, '60000');
    await world.up();
    const agent = await world.agent();
    const notional = (count: number) => ({
      quantity: String(count),
      quantity_unit: 'contracts',
      expected_notional_usd: String(count * 600),
    });

    const naked = await agent.place({ intent_id: 'naked', instrument: SWAP, ...notional(COUNT) });
    assert.equal(naked.code, 'NOT_ALLOWED', 'the policy wants a stop');
    const opened = await agent.place({ intent_id: 'open', instrument: SWAP, ...notional(COUNT), stop_loss: '58000' });
    assert.equal(opened.status, 'filled', JSON.stringify(opened));
    await eventually('the stop waits', async () => (await stopsOf(world)).length === 1);
    const [stop] = await stopsOf(world);
    const [order] = (await world.exchange.ledger()).orders;
    assert.ok(stop !== undefined && order !== undefined && stop.at - order.changedAt <= 3000, JSON.stringify([stop, order]));

    const protect = { intent_id: 'nearer', instrument: SWAP, stop_loss: '59000', reason: 'a test of stops' };
    assert.equal((await agent.call('set_protection', protect)).isError, false);
    await eventually('the stop is nearer', async () => (await stopsOf(world))[0]?.slTriggerPx === '59000');
    // The exit reaches no further than the best price, which moves.
    let attempt = 0;
    const reduced = await eventually('it is reduced', async () => {
      attempt += 1;
      const wish = { intent_id: `reduce-${attempt}`, instrument: SWAP, side: 'sell', reduce_only: true, ...notional(5) };
      const answer = await agent.place(wish);
      return (answer.status !== 'cancelled' || answer.order?.filled !== '0') && answer;
    });
    assert.equal(reduced.status, 'filled', JSON.stringify(reduced));
    await eventually(
      'the stop is as large as the rest',
      async () => (await stopsOf(world)).map(({ sz }) => sz).join() === String(COUNT - 5),
    );

    const { answer } = await agent.call('close_position', { intent_id: 'close', instrument: SWAP, reason: 'a test of closes' });
    assert.match(answer.status ?? '', /^(filled|cancelled)$/, JSON.stringify(answer));
    await eventually('nothing is held', async () => (await world.exchange.ledger()).positions.length === 0);
    await eventually('nothing is left to prove', async () => (await world.read('status'))['orders_not_verified'] === 0);
    await eventually('no stop waits', async () => (await stopsOf(world)).length === 0);
    const fills = (await world.exchange.ledger()).fills.map(({ side, sz }) => (side === 'buy' ? 1 : -1) * Math.round(Number(sz) * 100));
    assert.equal(
      fills.reduce((sum, size) => sum + size, 0),
      0,
      'what was bought was sold, and no more',
    );
    await booksEqualLedger(world);
    assert.deepEqual(modesChanged(world.home), []);
    // Whatever the first close left was closed by decisions of their own, for the same agent.
    const closes = journalOf(world.home).filter(({ kind, body }) => kind === 'decision' && body['tool'] === 'close_position');
    const left = journalOf(world.home).filter(({ kind, body }) => kind === 'leftover' && body['size'] !== '0');
    assert.equal(closes.length, 1 + left.length);
    assert.ok(closes.every(({ body }) => body['principal'] === 'default' && body['outcome'] === 'allow'));
  });
}
