import { err, ok, type Result } from '../core/lang/result.ts';
import { compare, type Decimal, isPositive, parseDecimal } from '../core/money/decimal.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';
import { type Fields, hasExactly, isFields } from './fields.ts';

/** The bytes of a stop order, read: what it may sell or buy back, at most at the highest of its triggers. */
export type StopOrder = {
  readonly clientOrderId: string;
  readonly sized: { readonly instrument: string; readonly spot: boolean; readonly size: Decimal; readonly price: Decimal };
};

const legNames = ['tp', 'sl'] as const;

/** Removes the keys of the legs from a body, and reads their triggers. Only legs that close at market are signed. */
function readLegs(body: Fields, instrument: string): Result<{ readonly rest: Fields; readonly highest: Decimal }> {
  const rest: { [key: string]: unknown } = { ...body };
  let highest: Decimal | undefined;
  for (const name of legNames) {
    const keys = [`${name}TriggerPx`, `${name}TriggerPxType`, `${name}OrdPx`] as const;
    const [trigger, type, price] = keys.map((key) => body[key]);
    for (const key of keys) delete rest[key];
    if (keys.every((key) => !Object.hasOwn(body, key))) continue;
    const parsed = parseDecimal(trigger);
    if (!parsed.ok || !isPositive(parsed.value)) return err('the bytes hold no trigger above zero');
    if (type !== (typeOfInstrument(instrument) === 'SPOT' ? 'last' : 'mark'))
      return err('the bytes hold another price that triggers than last on spot or mark on contracts');
    if (price !== '-1') return err('the bytes hold a stop order that does not close at market');
    if (highest === undefined || compare(parsed.value, highest) > 0) highest = parsed.value;
  }
  return highest === undefined ? err('the bytes hold no trigger') : ok({ rest, highest });
}

/** The id of what an entry carries, or the reason why it may not. `attached` is the value of attachAlgoOrds. */
export function readAttached(attached: unknown, instrument: string): Result<string> {
  if (!Array.isArray(attached) || attached.length !== 1) return err('the bytes attach something else than one stop order');
  const given: readonly unknown[] = attached;
  const [only] = given;
  if (!isFields(only)) return err('the bytes attach something else than one stop order');
  const legs = readLegs(only, instrument);
  if (!legs.ok) return legs;
  const { attachAlgoClOrdId } = legs.value.rest;
  if (!hasExactly(legs.value.rest, ['attachAlgoClOrdId']) || typeof attachAlgoClOrdId !== 'string' || attachAlgoClOrdId === '')
    return err('the bytes attach a stop order without an id, or with an unknown key');
  return ok(attachAlgoClOrdId);
}

/** POST order-algo. Contracts are reduced and nothing else, spot is sold: it cannot raise exposure. */
export function readStopOrder(body: Fields): Result<StopOrder> {
  const { posSide, ...plain } = body;
  const { instId, algoClOrdId, side, ordType, tdMode } = plain;
  if (typeof instId !== 'string' || typeof algoClOrdId !== 'string') return err('the bytes name no instrument or no stop order');
  const type = typeOfInstrument(instId);
  if (type === undefined) return err('the bytes name an instrument of unknown kind');
  const spot = type === 'SPOT';
  const legs = readLegs(plain, instId);
  if (!legs.ok) return legs;
  const { rest, highest } = legs.value;
  const keys = ['instId', 'tdMode', 'algoClOrdId', 'side', 'ordType', 'sz', ...(spot ? [] : ['reduceOnly', 'cxlOnClosePos'])];
  if (!hasExactly(rest, keys)) return err('the bytes of the stop order lack a key or hold an unknown one');
  const size = parseDecimal(rest['sz']);
  if (!size.ok || !isPositive(size.value)) return err('the bytes hold no size above zero');
  if (side !== 'buy' && side !== 'sell') return err('the bytes hold no side');
  if (spot && side !== 'sell') return err('the bytes hold a stop order that buys on spot');
  const closes = posSide === undefined || (!spot && posSide === (side === 'sell' ? 'long' : 'short'));
  if (!closes) return err('the bytes hold a stop order that does not close its leg');
  if (!spot && (rest['reduceOnly'] !== true || rest['cxlOnClosePos'] !== true)) return err('the bytes hold a stop order that may open');
  if (tdMode !== (spot ? 'cash' : 'cross')) return err('the bytes hold another margin mode than cash on spot or cross on contracts');
  const legsThere = legNames.filter((name) => Object.hasOwn(body, `${name}TriggerPx`)).length;
  if (ordType !== (legsThere === 2 ? 'oco' : 'conditional')) return err('the bytes hold a kind of stop order that does not fit its legs');
  return ok({ clientOrderId: algoClOrdId, sized: { instrument: instId, spot, size: size.value, price: highest } });
}

/** POST amend-algos: triggers above zero and nothing else. A trigger of zero would take the protection away. */
export function readAmendment(body: Fields): Result<null> {
  const { newTpTriggerPx, newSlTriggerPx, ...rest } = body;
  const { instId, algoClOrdId } = rest;
  if (!hasExactly(rest, ['instId', 'algoClOrdId']) || typeof instId !== 'string' || typeof algoClOrdId !== 'string')
    return err('the bytes of the amendment lack a key or hold an unknown one');
  const triggers = [newTpTriggerPx, newSlTriggerPx].filter((value) => value !== undefined).map((value) => parseDecimal(value));
  if (triggers.length === 0 || triggers.some((value) => !value.ok || !isPositive(value.value)))
    return err('the bytes hold no trigger above zero');
  return ok(null);
}

/** POST cancel-algos: a list of one, by one of its ids. */
export function readCancel(body: readonly unknown[]): Result<null> {
  const [only] = body;
  const isOne =
    body.length === 1 && isFields(only) && (hasExactly(only, ['instId', 'algoId']) || hasExactly(only, ['instId', 'algoClOrdId']));
  if (!isOne || !Object.values(only).every((value) => typeof value === 'string' && value !== ''))
    return err('the bytes are not the cancel of one stop order');
  return ok(null);
}
