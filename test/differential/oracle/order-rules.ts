import type { Place, Side } from '../story.ts';
import { type Fraction, fraction, isAbove, isSame, isWholeSteps, less, magnitude, plus, signOf, times } from './fraction.ts';
import { alike, counted, entryTimes, exitTimes, minute, repetition, second } from './counts.ts';
import { depthOf } from './book.ts';
import { exposureRules } from './exposure-rules.ts';
import { facing, oppositeSide, sumOfRests } from './ledger.ts';
import { pricesOf, restOf } from './orders.ts';
import { anyOf, atMost, below, type OrderRule, refusesIf, type Says } from './rule.ts';
import { dollars, highestNamed, worstOf } from './scene.ts';
import { edgeOf, type Meant } from './wish.ts';

/** An amount may be written with twelve decimals, rounded up. */
export const WRITTEN: Fraction = { numerator: 1n, denominator: 10n ** 12n };

/** What is asked of an order by itself, and of what it repeats or meets. */
export const orderRules: readonly OrderRule[] = [
  { name: 'expected_notional_usd', applies: 'all', says: (of) => refusesIf(!isExpected(of)) },
  {
    name: 'exchange_minimum',
    applies: 'all',
    says: ({ wish, size, listed }) =>
      refusesIf(isAbove(fraction(listed.minimum), size) && !(wish.kind === 'close' && wish.quantity === null)),
  },
  { name: 'exchange_maximum', applies: 'all', says: ({ size, listed }) => refusesIf(isAbove(size, fraction(listed.maximum))) },
  { name: 'price_collar', applies: 'entries', says: (of) => refusesIf(isBeyond(of, of.ledger.setup.limits.price_collar)) },
  { name: 'exit_collar', applies: 'exits', says: (of) => refusesIf(isBeyond(of, of.ledger.setup.limits.exit_collar)) },
  { name: 'attached_protection', applies: 'all', says: attachment },
  { name: 'require_stop', applies: 'entries', says: requiredStop },
  { name: 'min_stop_distance', applies: 'entries', says: stopDistance },
  { name: 'really_reduces', applies: 'exits', says: (of) => refusesIf(!reduces(of)) },
  { name: 'others_position', applies: 'entries', says: (of) => refusesIf(closesOthers(of)) },
  {
    name: 'max_order_size',
    applies: 'entries',
    says: ({ ledger, worth }) => atMost(worth, fraction(ledger.setup.limits.max_order_size), WRITTEN),
  },
  { name: 'max_book_share', applies: 'entries', says: bookShare },
  { name: 'max_volume_share', applies: 'entries', says: volumeShare },
  { name: 'duplicate_window', applies: 'entries', says: (of) => refusesIf(isRepeated(of)) },
  { name: 'max_same_side', applies: 'entries', says: sameSide },
  { name: 'max_order_rate', applies: 'all', says: rate },
  {
    name: 'instrument_frozen',
    applies: 'entries',
    says: (of) => refusesIf(of.ledger.frozen.has(`instrument:${of.listed.id}`) || openHere(of).some(({ phase }) => phase === 'unknown')),
  },
  { name: 'self_match', applies: 'entries', says: (of) => refusesIf(meetsOwn(of)) },
];

/** Open orders of the instrument with anything left, but the one that is about to change. */
function openHere({ ledger, listed, replaces }: Meant) {
  return ledger.open().filter((order) => order !== replaces && order.instrument === listed.id && signOf(restOf(order)) > 0);
}

function isExpected({ wish, listed, prices, reference, price, size, replaces }: Meant): boolean {
  if (wish.kind === 'close') return true;
  if (wish.expected === null) return wish.unit === 'usd';
  const expected = fraction(wish.expected);
  const isNear = (worth: Fraction) => !isAbove(times(magnitude(less(worth, expected)), fraction('20')), worth);
  if (wish.unit === 'usd' || wish.unit === 'quote') return isNear(fraction(wish.quantity));
  const told = replaces === null ? size : fraction(wish.quantity);
  return [reference, highestNamed(prices, []), price].some((each) => isNear(dollars(listed, told, each)));
}

function isBeyond({ side, reference, price }: Meant, collar: string): boolean {
  if (signOf(price) <= 0) return true;
  const edge = edgeOf({ side, reference, collar });
  return side === 'buy' ? isAbove(price, edge) : isAbove(edge, price);
}

function attachment({ wish, exit, listed, side, reference, price }: Meant): Says {
  if (wish.kind !== 'place' || (wish.stopLoss === null && wish.takeProfit === null)) return 'passes';
  if (exit) return 'refuses';
  const triggers = [wish.stopLoss, wish.takeProfit].flatMap((trigger) => (trigger === null ? [] : [fraction(trigger)]));
  if (triggers.some((trigger) => !isWholeSteps(trigger, fraction(listed.tick)))) return 'refuses';
  return refusesIf([reference, price].some((market) => !isOnItsSide(wish, oppositeSide(side), market)));
}

/** What sells at a loss waits below the market and what sells at a profit above; what buys the other way round. */
function isOnItsSide({ stopLoss, takeProfit }: Place, closing: Side, market: Fraction): boolean {
  const [below, above] = closing === 'sell' ? [stopLoss, takeProfit] : [takeProfit, stopLoss];
  return (below === null || isAbove(market, fraction(below))) && (above === null || isAbove(fraction(above), market));
}

function requiredStop({ ledger, wish, listed }: Meant): Says {
  const { require_stop: required } = ledger.setup.limits;
  if (wish.kind !== 'place' || wish.stopLoss !== null || required === 'never') return 'passes';
  return refusesIf(required === 'always' || listed.product !== 'spot');
}

function stopDistance({ ledger, wish, reference }: Meant): Says {
  if (wish.kind !== 'place' || wish.stopLoss === null) return 'passes';
  const away = magnitude(less(fraction(wish.stopLoss), reference));
  return refusesIf(isAbove(times(reference, fraction(ledger.setup.limits.min_stop_distance)), away));
}

/** Closes what is there, what the asker may close, what no other exit closes already, and nothing that is not known. */
function reduces(of: Meant): boolean {
  const { ledger, listed, size, before, after, reducible } = of;
  const { held, owned, most, clouded } = reducible;
  if (signOf(held) === 0 || clouded || signOf(owned) <= 0) return false;
  const minimum = fraction(listed.minimum);
  if (isAbove(minimum, held) || isAbove(size, most) || signOf(size) <= 0 || isAbove(minimum, size)) return false;
  // Beside plain orders an exit can open the way for them to the other side.
  if (!isAbove(worstOf(after), worstOf(before))) return true;
  return ledger.mode === 'ACTIVE' && exposureRules.every(({ says }) => says(of) === 'passes');
}

function closesOthers(of: Meant): boolean {
  const { ledger, wish, listed, leg, side, size } = of;
  if (wish.by === 'operator' || ledger.setup.sharing.includes(wish.by)) return false;
  const own = facing(ledger.share(listed.id, leg, wish.by), side);
  if (!isAbove(facing(ledger.held(listed.id, leg), side), own)) return false;
  const wanted = openHere(of).filter((order) => order.side === side && order.by === wish.by);
  return isAbove(plus(size, sumOfRests(wanted)), own);
}

function bookShare({ ledger, book, side, size, reference }: Meant): Says {
  if (book === null) return 'refuses';
  const { max_book_share: share, price_collar: collar } = ledger.setup.limits;
  return refusesIf(isAbove(size, times(depthOf(book, side, edgeOf({ side, reference, collar })), fraction(share))));
}

function volumeShare({ ledger, prices, size }: Meant): Says {
  return refusesIf(prices.volume === null || isAbove(size, times(fraction(prices.volume), fraction(ledger.setup.limits.max_volume_share))));
}

/** The same wish in other words: same amount, price within a tick. An order that becomes another one is still one order. */
function isRepeated({ ledger, wish, listed, size, replaces, side }: Meant): boolean {
  if (wish.kind !== 'place' || replaces !== null) return false;
  const since = ledger.now - ledger.setup.limits.duplicate_window;
  return ledger.sent.some((sent) => {
    if (sent.exit || sent.at <= since || sent.by !== wish.by) return false;
    if (sent.order.instrument !== listed.id || sent.order.side !== side || sent.type !== wish.type) return false;
    const sameMoney = sent.asked !== null && sent.asked.unit === wish.unit && isSame(sent.asked.quantity, fraction(wish.quantity));
    const isMoney = wish.unit === 'usd' || wish.unit === 'quote';
    if (!isSame(sent.size, size) && !(isMoney && sameMoney)) return false;
    if (sent.price === null || wish.price === null) return sent.price === wish.price;
    return !isAbove(magnitude(less(sent.price, fraction(wish.price))), fraction(listed.tick));
  });
}

/** As often as the policy takes, or once as often and not looked at since: time alone does not open it again. */
function sameSide({ ledger, wish, listed, side }: Meant): Says {
  const { per_10_minutes: inTen, per_hour: inHour } = ledger.setup.limits;
  const key = { by: wish.by, instrument: listed.id, side };
  const before = alike(ledger, key);
  const latched: Says = before.some(({ last }) => last === 'yes')
    ? 'refuses'
    : before.some(({ last }) => last === 'maybe')
      ? 'rounding'
      : 'passes';
  const { ten, hour } = repetition(ledger, key);
  return anyOf(latched, below(ten, inTen), below(hour, inHour));
}

const EXITS_FACTOR = 10;

function rate({ ledger, wish, exit }: Meant): Says {
  const { per_second: inSecond, per_minute: inMinute } = ledger.setup.limits;
  const times = exit ? exitTimes(ledger, wish.by) : entryTimes(ledger);
  const factor = exit ? EXITS_FACTOR : 1;
  return anyOf(below(counted(times, second, ledger.now), inSecond * factor), below(counted(times, minute, ledger.now), inMinute * factor));
}

function meetsOwn(of: Meant): boolean {
  return openHere(of)
    .filter((order) => order.side !== of.side && order.phase !== 'waiting')
    .flatMap(pricesOf)
    .some((resting) => (of.side === 'buy' ? !isAbove(resting, of.price) : !isAbove(of.price, resting)));
}
