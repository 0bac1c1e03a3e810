import type { Amend, Side, Wish } from '../story.ts';
import { accountRules } from './account-rules.ts';
import { repetition } from './counts.ts';
import { earlyRules } from './early-rules.ts';
import { fraction, isAbove, isSame, steps, stepsIn, textOf } from './fraction.ts';
import { type Ledger, type Sent, stopOf } from './ledger.ts';
import { orderRules } from './order-rules.ts';
import type { OrderLine } from './orders.ts';
import { type Asking, askingOf, asPlaced, isIncrease, type Meant, meantOf } from './wish.ts';

/** Every rule by its name, in the order in which they are asked. */
export const ruleNames: readonly string[] = [...earlyRules, ...orderRules, ...accountRules].map(({ name }) => name);

/** What may be said of a wish. `maybe` are rules before the end of which rounding decides. */
export type Opinion = {
  /** Who refuses for certain; `null`: nobody. */
  readonly refusedBy: string | null;
  readonly maybe: readonly string[];
  /** What would be sent, where it came to an order. */
  readonly order: Meant | null;
  /** Of an amendment: whether more may execute afterwards. */
  readonly increases: boolean;
};

/** Refusals of an amendment before there is anything to judge. */
export const notYours = 'no order of yours';
export const notResting = 'not resting';
export const doneAlready = 'executed already';

/** The oracle's word on a wish in the world as it is. */
export function opinionOn(ledger: Ledger, wish: Wish): Opinion {
  if (wish.kind === 'agree') {
    const agreed = ledger.waiting.get(wish.to);
    if (agreed === undefined) throw new Error(`nothing waits as ${wish.to}`);
    return judged(askingOf(ledger, { ...agreed.wish, seen: wish.seen }, { replaces: null, agreed }), false);
  }
  if (wish.kind !== 'amend') return judged(askingOf(ledger, wish, { replaces: null, agreed: null }), false);
  const order = ledger.orders.get(wish.order);
  const refused = (refusedBy: string) => ({ refusedBy, maybe: [], order: null, increases: false });
  if (order === undefined || order.phase === 'over' || order.by !== wish.by) return refused(notYours);
  if (order.stop || order.phase !== 'resting' || order.amending !== null || order.cancelling) return refused(notResting);
  const listed = ledger.instruments.get(order.instrument);
  if (listed === undefined) throw new Error(`an order of the unknown ${order.instrument}`);
  const size = wish.size === null ? order.size : fraction(wish.size);
  const executed = isAbove(order.reported, order.booked) ? order.reported : order.booked;
  if (!isAbove(size, executed)) return refused(doneAlready);
  return judged(askingOf(ledger, asPlaced(wish, order, listed), { replaces: order, agreed: null }), isIncrease(wish, order));
}

function judged(asking: Asking, increases: boolean): Opinion {
  const maybe: string[] = [];
  const early = refuser(earlyRules, asking, maybe);
  if (early !== null) return { refusedBy: early, maybe, order: null, increases };
  const order = meantOf(asking);
  return { refusedBy: refuser([...orderRules, ...accountRules], order, maybe), maybe, order, increases };
}

type Named<Case> = { readonly name: string; readonly applies: 'entries' | 'exits' | 'all'; readonly says: (of: Case) => string };

function refuser<Case extends Asking>(rules: readonly Named<Case>[], of: Case, maybe: string[]): string | null {
  for (const { name, applies, says } of rules) {
    if (applies !== 'all' && (applies === 'exits') !== of.exit) continue;
    const said = says(of);
    if (said === 'refuses') return name;
    if (said === 'rounding') maybe.push(name);
  }
  return null;
}

/** Rules that a smaller wish would be told anew: what it is worth, and whether anything is sent at all. */
const aside: readonly string[] = ['expected_notional_usd', 'exchange.read_only'];
/** A smaller order may be the very one that was sent just now; another one would be named then. */
const byChance = 'duplicate_window';

export type Trial = { readonly count: bigint; readonly passes: 'yes' | 'no' | 'rounding'; readonly repeated: boolean };

/** Every size from the smallest to what was asked, one lot after the other, and whether it would pass. */
export function* trials(order: Meant): Generator<Trial> {
  const { listed } = order;
  const lot = fraction(listed.lot);
  const [least, most] = [stepsIn(fraction(listed.minimum), lot), stepsIn(order.size, lot)];
  for (let count = least; count <= most; count += 1n) yield tried(order, count);
}

/** Whether so many lots would pass. */
export function tried(order: Meant, count: bigint): Trial {
  const size = steps(count, fraction(order.listed.lot));
  const { wish } = order;
  const smaller = wish.kind === 'close' ? { ...wish, quantity: textOf(size) } : { ...wish, unit: unitOf(order), quantity: textOf(size) };
  const resized = meantOf({ ...order, wish: smaller }, order.spots);
  if (!isSame(resized.size, size)) return { count, passes: 'no', repeated: false };
  const rules = [...orderRules, ...accountRules].filter(({ name }) => !aside.includes(name));
  const maybe: string[] = [];
  const by = refuser(
    rules.filter(({ name }) => name !== byChance),
    resized,
    maybe,
  );
  const repeated =
    refuser(
      rules.filter(({ name }) => name === byChance),
      resized,
      [],
    ) !== null;
  return { count, passes: by !== null ? 'no' : maybe.length > 0 ? 'rounding' : 'yes', repeated };
}

function unitOf({ listed }: Meant): 'base' | 'contracts' {
  return listed.product === 'spot' ? 'base' : 'contracts';
}

/** Writes down that an order was sent as it was meant. */
export function recordSending(ledger: Ledger, order: Meant): OrderLine {
  const { wish, listed, side, leg, price, size, exit } = order;
  const line: OrderLine = {
    name: String(wish.id),
    by: wish.by,
    instrument: listed.id,
    side,
    leg,
    type: typeOf(order),
    reduceOnly: exit && listed.product !== 'spot',
    exit,
    stop: false,
    spot: listed.product === 'spot',
    sentAt: ledger.now,
    size,
    price,
    phase: 'sending',
    never: null,
    total: fraction('0'),
    booked: fraction('0'),
    reported: fraction('0'),
    named: false,
    cancelling: false,
    amending: null,
  };
  const trigger = wish.kind === 'place' ? (wish.stopLoss ?? wish.takeProfit) : null;
  const sent: Omit<Sent, 'givenBack' | 'lookedAt'> = {
    at: ledger.now,
    order: line,
    by: wish.by,
    exit,
    underlying: listed.base,
    type: wish.kind === 'place' ? wish.type : 'market',
    price: wish.kind === 'place' && wish.price !== null ? fraction(wish.price) : null,
    size,
    asked: wish.kind === 'place' ? { quantity: fraction(wish.quantity), unit: wish.unit } : null,
    worth: order.worth,
    last: exit ? 'no' : lastOf(ledger, { by: wish.by, instrument: listed.id, side }),
  };
  ledger.send(sent, trigger === null ? null : stopOf(line, fraction(trigger)));
  return line;
}

/** A market wish is sent as one that takes what is there up to the collar. */
export function typeOf({ wish }: Meant): OrderLine['type'] {
  return wish.kind === 'close' || wish.type === 'market' ? 'ioc' : wish.type;
}

export function recordAmending(ledger: Ledger, wish: Amend, { order: { listed, worth }, increases }: Amending): void {
  const order = ledger.orders.get(wish.order);
  if (order === undefined) throw new Error(`no order ${wish.order}`);
  ledger.amend(order, wish, { increases, underlying: listed.base, worth });
}

/** The order that it may become, as it was judged. */
type Amending = { readonly order: Meant; readonly increases: boolean };

function lastOf(ledger: Ledger, key: { readonly by: string; readonly instrument: string; readonly side: Side }): Sent['last'] {
  const { per_10_minutes: inTen, per_hour: inHour } = ledger.setup.limits;
  const { ten, hour } = repetition(ledger, key);
  if (ten.least + 1 >= inTen || hour.least + 1 >= inHour) return 'yes';
  return ten.most + 1 >= inTen || hour.most + 1 >= inHour ? 'maybe' : 'no';
}
