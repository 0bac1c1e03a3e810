import { err, ok, type Result } from '../core/lang/result.ts';
import { type Decimal, maximum, zero } from '../core/money/decimal.ts';
import { markOf } from '../core/order/identity.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';
import { exactly, type Fields, isFields, oneOf, parseClientOrderId, type Parser, parsePositive, parseSide } from './fields.ts';

/** The bytes of a stop order, read: what it may sell or buy back, at most at the highest of its triggers. */
export type StopOrder = {
  readonly clientOrderId: string;
  readonly sized: { readonly instrument: string; readonly spot: boolean; readonly size: Decimal; readonly price: Decimal };
};

type Keys = Readonly<Record<string, Parser<unknown>>>;

const parseText: Parser<string> = (value) => (typeof value === 'string' && value !== '' ? ok(value) : err('expected a text'));
const parseTrue: Parser<true> = (value) => (value === true ? ok(true) : err('expected true'));

const triggerNames = ['tpTriggerPx', 'slTriggerPx'] as const;

/** The keys of the legs that are there. Only legs that close at market are signed; the last price triggers on spot, mark elsewhere. */
function legKeys(body: Fields, spot: boolean): Keys {
  const legs = triggerNames.filter((name) => Object.hasOwn(body, name));
  const named = legs.map((trigger) => {
    const order = trigger === 'tpTriggerPx' ? 'tpOrdPx' : 'slOrdPx';
    return { [trigger]: parsePositive, [`${trigger}Type`]: oneOf(spot ? 'last' : 'mark'), [order]: oneOf('-1') };
  });
  return Object.fromEntries(named.flatMap((keys) => Object.entries(keys)));
}

/** The id of what an entry carries, or the reason why it may not. `attached` is the value of attachAlgoOrds. */
export function readAttached(attached: unknown, spot: boolean): Result<string> {
  const given: readonly unknown[] = Array.isArray(attached) ? attached : [];
  const [only] = given;
  const legs = isFields(only) ? legKeys(only, spot) : {};
  if (given.length !== 1 || Object.keys(legs).length === 0) return err('the bytes attach something else than one stop order');
  const read = exactly({ attachAlgoClOrdId: parseClientOrderId, ...legs })(only);
  return read.ok ? ok(read.value.attachAlgoClOrdId) : err(`the bytes attach a stop order that is not signed: ${read.error}`);
}

/** POST order-algo. Contracts are reduced and nothing else, spot is sold: it cannot raise exposure. */
export function readStopOrder(body: Fields): Result<StopOrder> {
  const name = parseText(body['instId']);
  const type = name.ok ? typeOfInstrument(name.value) : undefined;
  if (type === undefined) return err('the bytes name an instrument of unknown kind');
  const spot = type === 'SPOT';
  const legs = legKeys(body, spot);
  const isPair = triggerNames.every((name) => Object.hasOwn(body, name));
  const closing: Keys = { reduceOnly: parseTrue, cxlOnClosePos: parseTrue };
  const leg: Keys = Object.hasOwn(body, 'posSide') ? { posSide: oneOf(body['side'] === 'sell' ? 'long' : 'short') } : {};
  const read = exactly({
    ...legs,
    ...(spot ? {} : { ...closing, ...leg }),
    instId: parseText,
    tdMode: oneOf(spot ? 'cash' : 'cross'),
    algoClOrdId: parseClientOrderId,
    tag: oneOf(markOf(String(body['algoClOrdId']))),
    side: spot ? oneOf('sell') : parseSide,
    ordType: oneOf(isPair ? 'oco' : 'conditional'),
    sz: parsePositive,
  })(body);
  if (!read.ok) return err(`the bytes hold a stop order that is not signed: ${read.error}`);
  const { instId, algoClOrdId, sz } = read.value;
  if (Object.keys(legs).length === 0) return err('the bytes hold no trigger');
  return ok({ clientOrderId: algoClOrdId, sized: { instrument: instId, spot, size: sz, price: highest(body) } });
}

function highest(body: Fields): Decimal {
  let price = zero;
  for (const name of triggerNames) {
    const trigger = parsePositive(body[name]);
    if (trigger.ok) price = maximum(price, trigger.value);
  }
  return price;
}

/** POST amend-algos: triggers above zero and nothing else. A trigger of zero would take the protection away. */
export function readAmendment(body: Fields): Result<null> {
  const triggers = ['newTpTriggerPx', 'newSlTriggerPx'].filter((name) => Object.hasOwn(body, name));
  const keys: Keys = Object.fromEntries(triggers.map((name) => [name, parsePositive]));
  const read = exactly({ instId: parseText, algoClOrdId: parseClientOrderId, ...keys })(body);
  if (!read.ok) return err(`the bytes hold an amendment that is not signed: ${read.error}`);
  return triggers.length === 0 ? err('the bytes move no trigger') : ok(null);
}

/** POST cancel-algos and cancel-batch-orders: a list of `most`, each by the exchange's number, or of one stop order by our own. */
export function readCancels(body: unknown, { most, name }: { readonly most: number; readonly name: 'ordId' | 'algoId' }): Result<null> {
  const list: readonly unknown[] = Array.isArray(body) ? body : [];
  const isNamed = (id: string): boolean => list.every((item) => exactly({ instId: parseText, [id]: parseText })(item).ok);
  const known = isNamed(name) || (name === 'algoId' && list.length === 1 && isNamed('algoClOrdId'));
  return known && list.length >= 1 && list.length <= most ? ok(null) : err(`the bytes are not the cancels of 1 to ${most} orders`);
}
