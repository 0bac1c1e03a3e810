import type { Chance } from '../simulation/chance.ts';
import { textOf } from './oracle/fraction.ts';
import type { Ledger } from './oracle/ledger.ts';
import type { OrderLine } from './oracle/orders.ts';
import { agents, hundredths } from './setup.ts';
import type { Amend, Close, Listed, Place, Seen, Side, Unit, Wish, WishType } from './story.ts';
import type { Habits } from './themes.ts';

/** What somebody may want at a moment: mostly sensible, and wrong in every way now and then. Numbers here are rough; they are what is asked. */
export type Asker = {
  readonly chance: Chance;
  readonly habits: Habits;
  readonly ledger: Ledger;
  readonly id: number;
  readonly seen: Seen;
  /** What was asked before. */
  readonly before: readonly Wish[];
};

export function wishBy(asker: Asker): Wish {
  const { chance, habits, ledger, before } = asker;
  const resting = [...ledger.orders.values()].filter(({ phase, stop }) => phase === 'resting' && !stop);
  const again = before.filter((wish) => wish.kind === 'place').at(-1);
  if (again !== undefined && chance.happens(habits.repeat)) return repeated(asker, again);
  const [first, ...others] = resting;
  if (first !== undefined && chance.happens(habits.amend)) return amendment(asker, chance.pick([first, ...others]));
  const held = [...ledger.holdings.values()];
  if (held.length > 0 && chance.happens(habits.exit)) {
    const { instrument, size, shares } = held[chance.between(0, held.length - 1)] ?? { instrument: '', size: null, shares: null };
    const listed = ledger.instruments.get(instrument);
    const by = chance.happens(habits.stranger) ? someone(chance) : ([...(shares?.keys() ?? [])][0] ?? 'alpha');
    if (listed !== undefined && size !== null) {
      const side = size.numerator > 0n === chance.happens(0.95) ? 'sell' : 'buy';
      return chance.happens(habits.close) ? close(asker, listed, by) : place(asker, { listed, by, side, exit: true });
    }
  }
  const listed = instrumentFor(asker);
  if (listed === undefined) return place(asker, { listed: unlisted, by: someone(chance), side: 'buy', exit: false });
  const onSpot = listed.product === 'spot' && !chance.happens(0.05);
  return place(asker, { listed, by: someone(chance), side: !onSpot && chance.happens(habits.sell) ? 'sell' : 'buy', exit: false });
}

function someone(chance: Chance): string {
  return chance.pick(chance.happens(0.7) ? ['alpha'] : [...agents]);
}

const unlisted: Listed = {
  id: 'NEW-USDT',
  product: 'spot',
  base: 'NEW',
  quote: 'USDT',
  settle: 'USDT',
  tick: '0.01',
  lot: '1',
  minimum: '1',
  maximum: '10',
  expiry: null,
  contractValue: '1',
  tradable: true,
};

function instrumentFor({ chance, habits, ledger }: Asker): Listed | undefined {
  const all = [...ledger.instruments.keys()];
  const wanted = chance.happens(habits.strangeInstrument) ? [...all, 'NEW-USDT'] : ledger.setup.limits.instruments;
  return ledger.instruments.get(wanted[chance.between(0, wanted.length - 1)] ?? '');
}

function repeated({ chance, id, seen, ledger }: Asker, wish: Place): Place {
  const price = wish.price === null ? null : hundredths(Math.round(Number(wish.price) * 100) + chance.between(-2, 2));
  const unit = chance.happens(0.2) ? unitOf(ledger.instruments.get(wish.instrument) ?? unlisted) : wish.unit;
  return { ...wish, id, seen, price: Number(price) > 0 ? price : wish.price, unit };
}

function amendment({ chance, habits, id, seen, ledger }: Asker, order: OrderLine): Amend {
  const listed = ledger.instruments.get(order.instrument) ?? unlisted;
  const lots = Math.round(Number(textOf(order.size)) / Number(listed.lot)) + chance.pick([-3, -2, -1, 0, 1, 2, 4]);
  const size = chance.happens(0.75) ? lotsText(listed, Math.max(lots, 0)) : null;
  const price = chance.happens(0.6)
    ? hundredths(Math.max(Math.round(Number(textOf(order.price)) * 100) + chance.between(-12, 12), 1))
    : null;
  const left = Number(size ?? textOf(order.size)) - Number(textOf(order.booked));
  const worth = worthNear(listed, left, Number(price ?? textOf(order.price)));
  return {
    kind: 'amend',
    id,
    by: chance.happens(0.04) ? someone(chance) : order.by,
    reason: reason(chance, habits),
    seen,
    order: order.name,
    size,
    price,
    expected: expectation(chance, habits, worth),
  };
}

function close({ chance, habits, id, seen, ledger }: Asker, listed: Listed, by: string): Close {
  const held = ledger.heldOf(listed.id)[0];
  const lots = held === undefined ? 1 : Math.abs(Number(textOf(held.size))) / Number(listed.lot);
  const some = Math.max(Math.round(lots * chance.pick([0.3, 0.5, 1, 1, 1.2])), 1);
  return {
    kind: 'close',
    id,
    by: chance.happens(0.15) ? 'operator' : by,
    reason: reason(chance, habits),
    seen,
    instrument: listed.id,
    quantity: chance.happens(0.45) ? null : chance.happens(habits.offGrid) ? '0.3' : lotsText(listed, some),
  };
}

type Placing = { readonly listed: Listed; readonly by: string; readonly side: Side; readonly exit: boolean };

function place(asker: Asker, { listed, by, side, exit }: Placing): Place {
  const { chance, habits, ledger, id, seen } = asker;
  const prices = ledger.prices.get(listed.id);
  const market = Number(prices?.last ?? '10');
  const type: WishType = chance.happens(habits.market) ? 'market' : chance.pick(['limit', 'limit', 'limit', 'post_only', 'ioc']);
  const price = (type === 'market') === chance.happens(0.998) ? null : priceNear(asker, { side, market, exit });
  const lots = lotsFor(asker, listed, exit);
  const size = Number(lotsText(listed, lots));
  const worth = worthNear(listed, size, Number(price ?? market));
  const unit = chance.happens(habits.wrongUnit) ? chance.pick(['base', 'contracts'] as const) : chance.pick(unitsOf(listed));
  const quantity = quantityOf({ listed, unit, size, worth: worth * chance.pick([1, 1.03, 1.08]) });
  const told = unit === 'usd' || unit === 'quote' ? Number(quantity) : worth;
  return {
    kind: 'place',
    id,
    by,
    reason: reason(chance, habits),
    seen,
    instrument: listed.id,
    side,
    type,
    quantity: chance.happens(habits.offGrid) ? chance.pick(['0.3', '0', '1.25']) : quantity,
    unit,
    price,
    reduceOnly: exit && (listed.product !== 'spot' || chance.happens(0.5)),
    ...stopsFor(asker, { side, exit, price: Number(price ?? market), market }),
    expected: unit === 'usd' && chance.happens(0.5) ? null : expectation(chance, habits, told),
  };
}

function reason(chance: Chance, habits: Habits): string {
  return chance.happens(habits.noReason) ? ' ' : 'a test';
}

function priceNear(
  { chance, habits }: Asker,
  { side, market, exit }: { readonly side: Side; readonly market: number; readonly exit: boolean },
): string {
  const ticks = Math.round(market * 100);
  if (chance.happens(habits.offGrid)) return chance.pick([`${hundredths(ticks)}5`, '0']);
  const reach = Math.max(Math.floor(ticks * 0.015), 1);
  // Whoever wants to rest asks for a better price, whoever wants to trade for a worse one; and some are far off.
  const away = chance.happens(exit ? habits.farPrice * 2 : habits.farPrice)
    ? chance.between(reach, Math.ceil(ticks * (exit ? 0.08 : 0.05)))
    : chance.happens(habits.crossing * 2)
      ? chance.between(0, reach)
      : -chance.between(0, reach);
  return hundredths(Math.max(ticks + (side === 'buy' ? away : -away), 1));
}

function lotsFor({ chance, habits, ledger }: Asker, listed: Listed, exit: boolean): number {
  const least = Math.round(Number(listed.minimum) / Number(listed.lot));
  const most = Math.round(Number(listed.maximum) / Number(listed.lot));
  if (chance.happens(habits.tooSmall)) return chance.between(0, least);
  if (chance.happens(habits.tooLarge)) return chance.between(most, most + 4);
  const held = ledger.heldOf(listed.id)[0];
  if (exit && held !== undefined) {
    const lots = Math.abs(Number(textOf(held.size))) / Number(listed.lot);
    return Math.max(Math.round(lots * chance.pick([0.3, 0.5, 0.7, 1, 1, 1.3])), 1);
  }
  return chance.between(least, Math.min(least + 6, most));
}

function lotsText(listed: Listed, lots: number): string {
  return String(Math.round(lots * Number(listed.lot) * 1000) / 1000);
}

function unitOf({ product }: Listed): Unit {
  return product === 'spot' ? 'base' : 'contracts';
}

function unitsOf(listed: Listed): readonly [Unit, ...Unit[]] {
  const own = unitOf(listed);
  return [own, own, own, own, listed.product === 'linear' ? 'base' : own, 'usd', 'quote'];
}

function worthNear({ product, contractValue }: Listed, size: number, price: number): number {
  return product === 'spot' ? size * price : product === 'linear' ? size * Number(contractValue) * price : size * Number(contractValue);
}

type Quantity = { readonly listed: Listed; readonly unit: Unit; readonly size: number; readonly worth: number };

function quantityOf({ listed, unit, size, worth }: Quantity): string {
  if (unit === 'usd' || unit === 'quote') return (Math.round(worth * 100) / 100).toString();
  return unit === 'base' && listed.product === 'linear'
    ? String(Math.round(size * Number(listed.contractValue) * 1000) / 1000)
    : String(size);
}

function expectation(chance: Chance, habits: Habits, worth: number): string | null {
  if (chance.happens(habits.unexpected))
    return chance.happens(0.3) ? null : (Math.max(worth, 0) * chance.pick([0.5, 0.94, 1.06, 10])).toFixed(4);
  return (Math.max(worth, 0) * chance.pick([1, 1.01, 0.99])).toFixed(4);
}

type Stopping = { readonly side: Side; readonly exit: boolean; readonly price: number; readonly market: number };

function stopsFor({ chance, habits }: Asker, { side, exit, price, market }: Stopping): Pick<Place, 'stopLoss' | 'takeProfit'> {
  if (!chance.happens(exit ? habits.stop / 6 : habits.stop)) return { stopLoss: null, takeProfit: null };
  const [low, high] = [Math.round(Math.min(price, market) * 100), Math.round(Math.max(price, market) * 100)];
  const wrong = chance.happens(habits.badStop);
  const away = Math.max(Math.ceil(low * chance.pick([0.001, 0.005, 0.02, 0.06])), 2);
  const trigger = (sign: number) => {
    const up = sign * (side === 'buy' ? 1 : -1) * (wrong && chance.happens(0.6) ? -1 : 1) > 0;
    const count = up ? high + away : low - away;
    return `${hundredths(Math.max(count, 1))}${wrong && chance.happens(0.2) ? '5' : ''}`;
  };
  const both = chance.between(0, 2);
  return { stopLoss: both < 2 ? trigger(-1) : null, takeProfit: both > 0 ? trigger(1) : null };
}
