import { eventually } from './eventually.ts';
import type { Ledger } from './exchange.ts';
import { journalOf } from './journal.ts';
import type { World } from './world.ts';

/** Waits until books and ledger agree in everything: positions, open orders and every fill. */
export async function booksEqualLedger(world: World): Promise<void> {
  await eventually('the books equal the ledger', async () => {
    const found = await disagreements(world);
    if (found.length > 0) throw new Error(found.join('; '));
    return true;
  });
}

/** Everything on which the gateway's books and the exchange's ledger disagree, as sentences; none when they are equal. */
async function disagreements(world: World): Promise<readonly string[]> {
  const ledger = await world.exchange.ledger();
  const positions = (await world.read('positions')) as unknown as Positions;
  const orders = (await world.read('orders')) as unknown as Orders;
  return [...aboutHoldings(ledger, positions), ...aboutOrders(ledger, orders), ...aboutFills(ledger, world.home)];
}

type Positions = {
  readonly positions: readonly { readonly instrument: string; readonly side: string; readonly size: string }[];
  readonly baseline: readonly { readonly currency?: string; readonly instrument?: string; readonly amount: string }[];
};
type Orders = { readonly orders: readonly { readonly client_order_id: string; readonly filled: string }[] };

// Nothing is shared with what is compared here: amounts are whole numbers of 10^-18.
const DIGITS = 18;

/** A decimal text as a whole number of 10^-18. */
export function scaled(text: string): bigint {
  const found = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text);
  if (found === null) throw new Error(`${text} is no decimal text`);
  const [, sign = '', whole = '', part = ''] = found;
  const value = BigInt(whole + part.padEnd(DIGITS, '0'));
  return sign === '-' ? -value : value;
}

function total(texts: readonly string[]): bigint {
  return texts.reduce((sum, text) => sum + scaled(text), 0n);
}

function aboutHoldings(ledger: Ledger, books: Positions): readonly string[] {
  const found: string[] = [];
  const held = (instrument: string): bigint =>
    total(books.positions.filter((row) => row.instrument === instrument).map(({ side, size }) => (side === 'short' ? `-${size}` : size)));
  const baseline = (name: string): bigint =>
    total(books.baseline.filter((row) => row.currency === name || row.instrument === name).map(({ amount }) => amount));
  for (const base of ['BTC', 'ETH']) {
    const exchange = total(ledger.balances.filter(({ account, ccy }) => account === '1001' && ccy === base).map((row) => row.total));
    if (baseline(base) + held(`${base}-USDT`) !== exchange) found.push(`${base}: books ${held(`${base}-USDT`)}, exchange ${exchange}`);
  }
  const contracts = new Set([...ledger.positions.map(({ instId }) => instId), 'BTC-USDT-SWAP']);
  for (const name of contracts) {
    const exchange = total(ledger.positions.filter(({ account, instId }) => account === '1001' && instId === name).map(({ pos }) => pos));
    if (baseline(name) + held(name) !== exchange) found.push(`${name}: books ${held(name)}, exchange ${exchange}`);
  }
  return found;
}

function aboutOrders(ledger: Ledger, books: Orders): readonly string[] {
  const resting = ledger.orders.filter(
    ({ account, state, origin }) => account === '1001' && origin === 'api' && (state === 'live' || state === 'partially_filled'),
  );
  const there = new Set(resting.map(({ clOrdId }) => clOrdId));
  const here = new Set(books.orders.map((row) => row.client_order_id));
  return [
    ...[...there].filter((id) => !here.has(id)).map((id) => `order ${id} rests at the exchange and not in the books`),
    ...[...here].filter((id) => !there.has(id)).map((id) => `order ${id} is open in the books and not at the exchange`),
  ];
}

function aboutFills(ledger: Ledger, home: string): readonly string[] {
  const booked = journalOf(home).filter(({ kind }) => kind === 'fill');
  const told = (id: string): bigint =>
    total(booked.filter(({ body }) => body['client_order_id'] === id).map(({ body }) => String(body['size'])));
  const names = new Set([...ledger.fills.map(({ clOrdId }) => clOrdId), ...booked.map(({ body }) => String(body['client_order_id']))]);
  names.delete('');
  return [...names].flatMap((id) => {
    const exchange = total(ledger.fills.filter(({ clOrdId }) => clOrdId === id).map(({ sz }) => sz));
    return told(id) === exchange ? [] : [`fills of ${id}: booked ${told(id)}, exchange ${exchange}`];
  });
}
