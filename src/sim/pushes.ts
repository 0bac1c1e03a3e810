import { unreachable } from '../core/lang/assert.ts';
import { compare, type Decimal, formatDecimal as text, isZero } from '../core/money/decimal.ts';
import { algoRow } from './algo-row.ts';
import { dollarsOf } from './instruments.ts';
import { hash32 } from './random.ts';
import { balanceRow, orderRow, positionRow, type Row } from './rows.ts';
import { accountOf, type FailedAmendment, type Fill, type Order, positionName, type Step } from './state.ts';
import { HOLDING, holdingRow, holdingSteps } from './holding.ts';
import { instrumentOfOrder, lastPrice, markOf, type World } from './world.ts';

/** One message of a private channel, as a socket would carry it. */
export type Push = {
  readonly account: string;
  readonly message: {
    readonly arg: Readonly<Record<string, string>>;
    readonly data: readonly Row[];
    /** On channels that also tell everything at the start. */
    readonly eventType?: 'event_update';
  };
};

/** How a bad connection delivers: the same for the same seed. */
export type Disorder = {
  readonly seed: number;
  /** Of a thousand messages, how many come twice. */
  readonly duplicatedPerMille: number;
  /** By how many places a message can come late at most; 0 keeps the sequence. */
  readonly lateMax: number;
};

/** Steps that nobody asked for, oldest first. A reader that is too slow misses some, as on the exchange. */
export type Pushes = {
  readonly take: (steps: readonly Step[]) => void;
  /** `wants` leaves out the channels of an account that nobody listens to. */
  readonly tell: (world: World, wants?: Wants) => readonly Push[];
  /** Forgets what nobody was there to hear. */
  readonly drop: () => void;
};

export type Wants = (uid: string, channel: string) => boolean;

const STEPS_MAX = 10_000;

export function createPushes(): Pushes {
  const waiting: Step[] = [];
  return {
    take: (steps) => {
      waiting.push(...steps);
      if (waiting.length > STEPS_MAX) waiting.splice(0, waiting.length - STEPS_MAX);
    },
    tell: (world, wants = () => true) => pushesOf(world, { steps: waiting.splice(0), wants }),
    drop: () => {
      waiting.length = 0;
    },
  };
}

/** The messages of some steps. What holds at the moment of telling, positions and balances, is told once, after what led to it. */
function pushesOf(world: World, { steps, wants }: { readonly steps: readonly Step[]; readonly wants: Wants }): readonly Push[] {
  const events: Push[] = [];
  // Positions and balances are told as they are now, once each.
  const standing = new Map<string, Push>();
  const tellBalance = (uid: string, ccy: string): void => {
    if (!wants(uid, 'account') || ccy === '') return;
    const row = balanceRow({ world, account: accountOf(world.state, uid), wanted: [ccy] });
    standing.set(`${uid}|balance ${ccy}`, whole(push({ uid, channel: 'account', row })));
  };
  for (const step of steps) {
    switch (step.kind) {
      case 'order':
        if (wants(step.order.account, 'orders') || wants(step.order.account, 'fills')) events.push(...orderPushes(world, step));
        // An order of a contract sets nothing aside, and yet less is available while it rests.
        tellBalance(step.order.account, instrumentOfOrder(step.order.instId).settle);
        break;
      case 'algo':
        if (wants(step.algo.account, 'orders-algo'))
          events.push(push({ uid: step.algo.account, channel: 'orders-algo', row: algoPush(world, step) }));
        break;
      case 'position': {
        if (!wants(step.account, 'positions')) break;
        const key = `${step.account}|${positionName(step.position)}`;
        const account = accountOf(world.state, step.account);
        const position = account.positions.get(positionName(step.position)) ?? step.position;
        const row = { ...positionRow({ world, account, position }), pTime: String(world.state.now) };
        standing.set(key, whole(push({ uid: step.account, channel: 'positions', row })));
        break;
      }
      case 'balance':
        tellBalance(step.account, step.ccy);
        break;
      default:
        return unreachable(step);
    }
  }
  // @rule pushes
  return [...events, ...standing.values(), ...holdingPushes(world, steps).filter(({ account }) => wants(account, HOLDING))];
}

type Told = { readonly uid: string; readonly channel: string; readonly row: Row };

const anyInstrument: readonly string[] = ['orders', 'orders-algo', 'positions'];

function push({ uid, channel, row }: Told): Push {
  const arg = anyInstrument.includes(channel) ? { channel, instType: 'ANY', uid } : { channel, uid };
  return { account: uid, message: { arg, data: [row] } };
}

function whole({ account, message }: Push): Push {
  return { account, message: { ...message, eventType: 'event_update' } };
}

function holdingPushes(world: World, steps: readonly Step[]): readonly Push[] {
  return holdingSteps(steps).map(({ uid, ...change }) => {
    const row = holdingRow(world, { account: accountOf(world.state, uid), ...change });
    return push({ uid, channel: HOLDING, row });
  });
}

function orderPushes(world: World, { order, previous, failed }: Extract<Step, { readonly kind: 'order' }>): readonly Push[] {
  const isNew = order.lastFill !== undefined && order.lastFill.seq !== previous?.lastFill?.seq;
  const isAmended = previous !== undefined && (!isSame(order.px, previous.px) || !isSame(order.sz, previous.sz));
  // @rule order-pushes
  if (!isNew && !isAmended && order.state === previous?.state && failed === undefined) return [];
  const fill = isNew ? order.lastFill : undefined;
  const told = push({ uid: order.account, channel: 'orders', row: orderPush(world, { order, fill, isAmended, failed }) });
  return fill === undefined ? [told] : [told, push({ uid: order.account, channel: 'fills', row: fillPush(fill) })];
}

/** Keys that only GET trade/order has. */
const restOnly: ReadonlySet<string> = new Set(['cancelSourceReason']);

function isSame(left: Decimal | undefined, right: Decimal | undefined): boolean {
  return left === right || (left !== undefined && right !== undefined && compare(left, right) === 0);
}

type Telling = {
  readonly order: Order;
  readonly fill: Fill | undefined;
  readonly isAmended: boolean;
  readonly failed: FailedAmendment | undefined;
};

function orderPush(world: World, { order, fill, isAmended, failed }: Telling): Row {
  const instrument = instrumentOfOrder(order.instId);
  const dollars = (size: Decimal, price: Decimal) => text(dollarsOf({ instrument, size, price }));
  const price = order.px ?? markOf(world, instrument);
  const rest = Object.fromEntries(Object.entries(orderRow(order)).filter(([key]) => !restOnly.has(key)));
  return {
    ...rest,
    amendResult: failed?.result ?? (isAmended && order.ordType !== 'market' ? '0' : ''),
    amendSource: '',
    avgPx: isZero(order.filled) ? '0' : text(order.avgPx),
    code: failed?.code ?? '0',
    execType: fill?.liquidity ?? '',
    fillFee: fill === undefined ? '0' : text(fill.fee),
    fillFeeCcy: fill?.feeCcy ?? '',
    fillFwdPx: '',
    fillIdxPx: fill === undefined ? '' : text(fill.px),
    fillMarkPx: fill === undefined || instrument.instType === 'SPOT' ? '' : text(fill.px),
    fillMarkVol: '',
    fillNotionalUsd: fill === undefined ? '' : dollars(fill.sz, fill.px),
    fillPnl: fill === undefined ? '0' : text(fill.pnl),
    fillPx: fill === undefined ? '' : text(fill.px),
    fillPxUsd: '',
    fillPxVol: '',
    fillSz: fill === undefined ? '0' : text(fill.sz),
    fillTime: fill === undefined ? '' : String(fill.at),
    lastPx: text(lastPrice(world, instrument)),
    msg: failed?.message ?? '',
    notionalUsd: order.tgtCcy === 'quote_ccy' ? text(order.sz) : dollars(order.sz, price),
    reqId: failed?.reqId ?? order.reqId,
    tradeId: fill === undefined ? '' : order.category === 'normal' ? fill.tradeId : '0',
  };
}

function fillPush({ instId, sz, px, side, at, ordId, clOrdId, tradeId, liquidity }: Fill): Row {
  // @rule fills-channel-client-id
  const isNumber = /^[1-9][0-9]{0,17}$/.test(clOrdId);
  const figures = { fillSz: text(sz), fillPx: text(px), count: '1' };
  return { instId, ...figures, side, ts: String(at), ordId, clOrdId: isNumber ? clOrdId : '0', tradeId, execType: liquidity };
}

/** Keys of the list that the channel does not have. */
const algoListOnly: ReadonlySet<string> = new Set(
  'activePx callbackRatio callbackSpread chaseType chaseVal maxChaseType maxChaseVal moveTriggerPx pxLimit pxSpread pxVar szLimit timeInterval triggerPxType'.split(
    ' ',
  ),
);

function algoPush(world: World, { algo }: Extract<Step, { readonly kind: 'algo' }>): Row {
  const instrument = instrumentOfOrder(algo.instId);
  const size = algo.sz ?? instrument.min;
  const rest = Object.fromEntries(Object.entries(algoRow(algo)).filter(([key]) => !algoListOnly.has(key)));
  return { ...rest, amendResult: '', notionalUsd: text(dollarsOf({ instrument, size, price: markOf(world, instrument) })), reqId: '' };
}

/** The same messages as a bad connection delivers them: none is lost, some come twice, some late. */
export function disordered(pushes: readonly Push[], { seed, duplicatedPerMille, lateMax }: Disorder): readonly Push[] {
  const late = (index: number, copy: number) => hash32(seed, index, copy) % (lateMax + 1);
  const placed = pushes.flatMap((each, index) => {
    const once = { each, place: index + late(index, 1), index };
    return hash32(seed, index, 2) % 1000 < duplicatedPerMille ? [once, { ...once, place: index + late(index, 3) }] : [once];
  });
  return placed.sort((left, right) => left.place - right.place || left.index - right.index).map(({ each }) => each);
}
