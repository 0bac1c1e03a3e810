import { assert } from '../core/lang/assert.ts';
import { type Answer, bareFailure, failure } from './answers.ts';
import { configAnswer } from './account.ts';
import { runAlgos } from './algo-run.ts';
import { authenticate, type Request, type Sign } from './auth.ts';
import { deliver } from './delivery.ts';
import { deleverageNow, type DeskResult, depositFunds, liquidateNow, setFeeLevel, transferByPerson } from './desk-account.ts';
import { freezeAccount, maintain, showGhost, skewClock, throttle } from './desk-conditions.ts';
import { advanceClock, armFault, clearFaults, listFaults, moveMarket, placeExternal } from './desk.ts';
import type { Out } from './socket-outbox.ts';
import { answerReaction, type Caller, DELAY_DEFAULT, partialAnswer, type Reaction, reactionUnder, takeFault } from './faults.ts';
import { frozenFailure, isDown, maintenanceFailure, throttleOf, toldTime, worldShown } from './under-conditions.ts';
import { type Fields, isFields, textField } from './fields.ts';
import { type Event, eventOf } from './events.ts';
import { payFunding } from './funding.ts';
import { findInstrument, isContract } from './instruments.ts';
import { findKey, type Key } from './keys.ts';
import { ledgerOf } from './ledger.ts';
import { runLiquidations } from './liquidation.ts';
import { lookBehind } from './look-behind.ts';
import { passes, type Windows } from './limits.ts';
import { type Candle, firstAnchors } from './market.ts';
import { matchResting } from './matching.ts';
import { isPushFaultKind } from './push-faults.ts';
import { type Disorder, disordered, type Push } from './pushes.ts';
import { refusals } from './refusal.ts';
import { isProductPath, type Route, routes } from './routes.ts';
import type { SocketOrder } from './socket-messages.ts';
import { createSockets, type Opened, type Opening, type Sockets } from './sockets.ts';
import { accountOf, addRefused, createState, emptyUndo, type Fault, type State, undoHolds } from './state.ts';
import { fireTimers } from './trade.ts';
import type { World } from './world.ts';

export type { Event } from './events.ts';
export { parseEvent } from './events.ts';
export type { Request, Sign } from './auth.ts';
export type { Out } from './socket-outbox.ts';
export type { Reaction } from './faults.ts';
export type { Candle } from './market.ts';

export type Settings = {
  readonly seed: number;
  readonly candles: readonly Candle[];
  /** How long a replayed minute takes: less than 60,000 replays a market at speed, and leaves the clock alone. */
  readonly candleMilliseconds: number;
  readonly rateLimits: 'strict' | 'lenient';
  readonly sign: Sign;
  /** Answers a challenge with the secret of this start; undefined when the challenge is none. */
  readonly prove: (challenge: string) => string | undefined;
};

/** A reaction, and what has to be written down before it is carried out. */
export type Handled = { readonly reaction: Reaction; readonly events: readonly Event[] };

/**
 * The exchange as a closed value: requests and the time go in, reactions and events come out. Its state is rebuilt by giving the same
 * events to a new one. `startedAt` is when the log began.
 */
export type Exchange = {
  readonly handle: (input: { readonly request: Request; readonly at: number }) => Handled;
  /** Lets time pass: timers fire, and quotes reach resting orders. */
  readonly tick: (at: number) => readonly Event[];
  readonly replay: (event: Event) => void;
  readonly ledger: () => Readonly<Record<string, readonly unknown[]>>;
  /**
   * What the private channels would have told since this was last asked, in the sequence in which it happened. Nobody promises a client
   * that sequence, nor each message once: with `disorder` they come as a bad connection may deliver them.
   */
  readonly pushes: (disorder?: Disorder) => readonly Push[];
  /** The same exchange over sockets. What it says on them is fetched by `tell`, after every request, tick and text. */
  readonly sockets: {
    readonly open: (opening: Opening) => Opened;
    readonly hear: (input: { readonly socket: number; readonly text: string; readonly at: number }) => readonly Event[];
    readonly gone: (socket: number) => void;
    readonly tell: () => readonly Out[];
  };
  /** Plain data for a snapshot; `restore` takes it back. */
  readonly state: () => State;
};

export type Creation = { readonly settings: Settings; readonly startedAt: number; readonly restored: State | undefined };

export function createExchange({ settings, startedAt, restored }: Creation): Exchange {
  const { seed, candles, candleMilliseconds } = settings;
  const course = { seed, candles, candleMilliseconds, startedAt: restored?.startedAt ?? startedAt };
  const state = restored ?? createState({ at: startedAt, anchors: firstAnchors(course) });
  const world: World = { state, course, cache: new Map(), epochs: new Map() };
  const windows: Windows = new Map();
  const { rateLimits, sign } = settings;
  const sockets = createSockets({
    world,
    windows,
    isStrict: rateLimits === 'strict',
    sign,
    carryOut: (order) => carryOutSocketOrder(house, order),
  });
  const house: House = { world, settings, windows, sockets };
  return {
    handle: ({ request, at }) => handle(house, request, at),
    tick: (at) => pass(house, at + state.clockAhead),
    replay: (event) => {
      replay(house, event);
      sockets.forget();
    },
    ledger: () => ledgerOf(world),
    pushes: (disorder) => {
      const told = sockets.pushes.tell(world);
      return disorder === undefined ? told : disordered(told, disorder);
    },
    sockets: {
      open: sockets.open,
      hear: ({ socket, text, at }) => {
        const ticks = pass(house, at + state.clockAhead);
        return [...ticks, ...sockets.hear(socket, text)];
      },
      gone: sockets.gone,
      tell: sockets.tell,
    },
    state: () => state,
  };
}

type House = { readonly world: World; readonly settings: Settings; readonly windows: Windows; readonly sockets: Sockets };

/** Moves the exchange's time to `now`, never back. @returns the event to keep when that changed anything. */
function pass(house: House, now: number): readonly Event[] {
  const { world } = house;
  const { state } = world;
  const after = state.now;
  state.now = Math.max(after, now);
  const changed = asOneWrite(house, () => {
    const paid = payFunding(world, { after, until: state.now });
    const delivered = deliver(world);
    const fired = fireTimers(world);
    const matched = matchResting(world);
    return settle(world) || paid || delivered || fired || matched;
  });
  return changed ? [{ kind: 'tick', at: state.now }] : [];
}

/** Lets everything follow that a change of prices, positions or money brings. Stop orders come before the liquidation they are to prevent. */
function settle(world: World): boolean {
  if (isDown(world.state)) return false;
  // @rule stops-before-liquidation
  const triggered = runAlgos(world);
  if (!runLiquidations(world)) return triggered;
  runAlgos(world);
  return true;
}

/** Does something as one write: a stale read looks behind the whole of it, and the private channels tell its steps. */
function asOneWrite<Value>({ world: { state }, sockets: { pushes } }: House, act: () => Value): Value {
  const before = state.undo;
  state.undo = emptyUndo();
  const value = act();
  pushes.take(state.undo.steps);
  if (!undoHolds(state.undo)) state.undo = before;
  return value;
}

function handle(house: House, request: Request, at: number): Handled {
  const ticks = pass(house, at + house.world.state.clockAhead);
  const query = request.url.indexOf('?');
  const path = query === -1 ? request.url : request.url.slice(0, query);
  if (path.startsWith('/sim/') || path === '/sim') return withTicks(ticks, handleDesk(house, request, path));
  const route = routes.get(`${request.method} ${path}`);
  if (route !== undefined) return withTicks(ticks, handleRoute(house, { request, path, route }));
  return { reaction: answerReaction(unrouted(request.method, path)), events: ticks };
}

function withTicks(ticks: readonly Event[], handled: Handled): Handled {
  return ticks.length === 0 ? handled : { ...handled, events: [...ticks, ...handled.events] };
}

function unrouted(method: string, path: string): Answer {
  const other = method === 'GET' ? 'POST' : 'GET';
  if (routes.has(`${other} ${path}`) || routes.has(`GET ${path}`)) {
    return bareFailure({ code: '50115', message: 'Invalid request method.', status: 405 });
  }
  // @rule unsupported-paths
  if (isProductPath(path)) return failure(refusals.unavailableInDemo());
  return { status: 404, body: { code: '404', data: [], msg: 'Not Found' } };
}

type Routed = { readonly request: Request; readonly path: string; readonly route: Route };

function handleRoute(house: House, { request, path, route }: Routed): Handled {
  const { world, settings } = house;
  let key: Key | undefined;
  if (route.kind !== 'public') {
    const checked = authenticate({ request, now: toldTime(world.state), sign: settings.sign, needs: route.needs });
    if (checked.kind === 'failed') return { reaction: answerReaction(bareFailure(checked.failure)), events: [] };
    key = checked.key;
  }
  const read = readInput(request);
  if (read.kind === 'bad') return { reaction: answerReaction(read.answer), events: [] };
  return carryOut(house, { request, path, route, key, input: read });
}

/** A write that came over a socket: what it may do and what it costs is what the path allows and costs. */
function carryOutSocketOrder(house: House, { key, address, path, body, expTime }: SocketOrder): Handled {
  const route = routes.get(`POST ${path}`);
  assert(route !== undefined, 'an operation stands for a path');
  const headers = expTime === '' ? {} : { exptime: expTime };
  const request: Request = { method: 'POST', url: path, headers, body: new Uint8Array(), remoteAddress: address };
  const input: Input = { kind: 'read', text: JSON.stringify(body), body, fields: isFields(body) ? body : {} };
  return carryOut(house, { request, path, route, key, input });
}

/** Counts a request against its limit and does it. */
function carryOut(house: House, { request, path, route, key, input: read }: Omit<Counted, 'divisor'>): Handled {
  const { world, settings } = house;
  const { now } = world.state;
  const divisor = throttleOf(world.state, path) ?? (settings.rateLimits === 'strict' ? 1 : undefined);
  const limited = divisor === undefined ? undefined : limitOver(house, { route, path, request, key, input: read, divisor });
  if (limited !== undefined) {
    const reaction = answerReaction(limited.code === '50011' ? bareFailure(limited) : failure(limited));
    if (key === undefined || request.method !== 'POST') return { reaction, events: [] };
    const event: Event = { kind: 'limited', at: now, account: key.uid, path, code: limited.code, body: read.text };
    applyLimited(world, event);
    return { reaction, events: [event] };
  }
  const event = eventOf({ request, at: now, key, body: read.text });
  const { reaction, changed } = perform(house, { event, path, route, key, input: read });
  return { reaction, events: changed ? [event] : [] };
}

type Input = { readonly kind: 'read'; readonly text: string; readonly body: unknown; readonly fields: Fields };

/** The JSON body of a POST or the query of a GET. A POST without a body is an empty object only where nothing is required of it. */
function readInput(request: Request): Input | { readonly kind: 'bad'; readonly answer: Answer } {
  if (request.method !== 'POST') return queryInput(request.url);
  const text = new TextDecoder().decode(request.body);
  // @rule body-checks
  if (text === '')
    return { kind: 'bad', answer: bareFailure({ code: '50000', message: 'Body for POST request cannot be empty.', status: 400 }) };
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) {
    return {
      kind: 'bad',
      answer: bareFailure({ code: '50006', message: 'Invalid Content-Type. Please use "application/JSON".', status: 400 }),
    };
  }
  return bodyInput(text);
}

function queryInput(url: string): Input {
  const query = url.indexOf('?');
  const fields = Object.fromEntries(new URLSearchParams(query === -1 ? '' : url.slice(query + 1)));
  return { kind: 'read', text: '', body: undefined, fields };
}

function bodyInput(text: string): Input | { readonly kind: 'bad'; readonly answer: Answer } {
  try {
    const body: unknown = JSON.parse(text);
    return { kind: 'read', text, body, fields: isFields(body) ? body : {} };
  } catch {
    return { kind: 'bad', answer: bareFailure({ code: '50002', message: 'JSON syntax error', status: 400 }) };
  }
}

type Counted = {
  readonly route: Route;
  readonly path: string;
  readonly request: Request;
  readonly key: Key | undefined;
  readonly input: Input;
  /** A throttled exchange takes this part of what it else takes, and one at least. */
  readonly divisor: number;
};

/** Batches count each item in the budget of its instrument; a batch of one counts in the budget of the single call. */
function limitOver({ world, windows }: House, { route, path, request, key, input, divisor }: Counted): Limited | undefined {
  const { counting } = route;
  const { now } = world.state;
  const who = counting.by === 'address' ? request.remoteAddress : (key?.uid ?? '');
  const items: readonly unknown[] = Array.isArray(input.body) ? input.body : [input.fields];
  const isOne = Array.isArray(input.body) && items.length === 1;
  // @rule batch-of-one
  const single = isOne ? singleOf[path] : undefined;
  const name = single ?? path;
  const whole = single === undefined ? counting.limit : { ...counting.limit, count: 60 };
  const limit = { ...whole, count: Math.max(1, Math.floor(whole.count / divisor)) };
  const [first] = items;
  const instId = counting.andInstrument && isFields(first) ? textField(first, 'instId') || textField(first, 'instType') : '';
  const tag = path.endsWith('cancel-all-after') ? textField(input.fields, 'tag') : '';
  const ccy = path.endsWith('asset/transfer') ? textField(input.fields, 'ccy') : '';
  const weight = Math.max(1, Math.min(items.length, limit.count));
  if (!passes({ windows, key: `${request.method} ${name}|${who}|${instId}|${tag}${ccy}`, limit, now, weight })) {
    return { code: '50011', message: 'Too Many Requests', status: 429 };
  }
  // @rule sub-account-limit
  if (!subAccountPaths.test(path) || request.method !== 'POST') return undefined;
  const swaps = items.filter((item) => isFields(item) && isDerivative(textField(item, 'instId'))).length;
  if (swaps === 0 || passes({ windows, key: `swaps|${who}`, limit: SUB_ACCOUNT_LIMIT, now, weight: swaps })) return undefined;
  return { code: '50061', message: 'Order failed. The maximum order rate limit of the sub-account is reached.', status: 200 };
}

function isDerivative(instId: string): boolean {
  const instrument = findInstrument(instId);
  return instrument !== undefined && isContract(instrument);
}

type Limited = { readonly code: '50011' | '50061'; readonly message: string; readonly status: number };

const SUB_ACCOUNT_LIMIT = { count: 1000, milliseconds: 2000 } as const;
const subAccountPaths = /^\/api\/v5\/trade\/(order|batch-orders|amend-order|amend-batch-orders)$/;

const singleOf: Readonly<Record<string, string>> = {
  '/api/v5/trade/batch-orders': '/api/v5/trade/order',
  '/api/v5/trade/cancel-batch-orders': '/api/v5/trade/cancel-order',
  '/api/v5/trade/amend-batch-orders': '/api/v5/trade/amend-order',
};

type Job = {
  readonly event: Event;
  readonly path: string;
  readonly route: Route;
  readonly key: Key | undefined;
  readonly input: Input;
};

/** Carries a request out, with the fault that is armed for it. Running and replaying take this one path. */
function perform(house: House, job: Job): { readonly reaction: Reaction; readonly changed: boolean } {
  const { world } = house;
  const { path, event, input } = job;
  const method = event.kind === 'request' ? event.method : 'GET';
  const caller: Caller = { path, method, takesPost: routes.has(`POST ${path}`) };
  const fault = takeFault(world.state, caller);
  const changes = method === 'POST';
  if (fault === undefined) return { reaction: answerReaction(act(house, job)), changed: changes };
  const struck = { fault, path, body: input.body, now: world.state.now };
  if (fault.kind === 'partial_batch')
    return { reaction: answerReaction(performPart(house, job, fault), fault.delayMilliseconds), changed: true };
  if (fault.kind === 'stale_read')
    return {
      reaction: reactionUnder(
        struck,
        lookBehind(world.state, () => act(house, job)),
      ),
      changed: true,
    };
  const executed = fault.executed || !changes ? act(house, job) : undefined;
  if (fault.kind === 'ack_before_event') house.sockets.holdBack(fault.delayMilliseconds ?? DELAY_DEFAULT.ack_before_event);
  if (executed === undefined) refuseStruck(world, job, fault.kind);
  return { reaction: reactionUnder(struck, executed), changed: true };
}

/** Every second item of a batch answers as refused; only where the desk said so was it carried out all the same. */
function performPart(house: House, job: Job, { executed }: Fault): Answer {
  // @rule partial-batch
  const { path, input } = job;
  if (!Array.isArray(input.body)) return act(house, job);
  const items: readonly unknown[] = input.body;
  const part = (rest: number): Job => ({ ...job, input: { ...input, body: items.filter((_, index) => index % 2 === rest) } });
  if (!executed) refuseStruck(house.world, part(1), 'partial_batch');
  const answer = act(house, executed ? job : part(0));
  return partialAnswer({ path, body: items, now: house.world.state.now, answer, isWhole: executed });
}

function refuseStruck(world: World, { path, key, input }: Job, kind: string): void {
  for (const entry of Array.isArray(input.body) ? input.body : [input.body]) {
    const fields = isFields(entry) ? entry : {};
    const [instId, clOrdId] = [textField(fields, 'instId'), textField(fields, 'clOrdId') || textField(fields, 'algoClOrdId')];
    const message = `not executed: the desk had armed ${kind}`;
    addRefused(world.state, { account: key?.uid ?? '', path, instId, clOrdId, code: kind, message, origin: 'api' });
  }
}

function act(house: House, { event, path, route, key, input }: Job): Answer {
  const { world } = house;
  if (route.kind === 'public') return route.act({ world: worldShown(world, path), fields: input.fields });
  const account = accountOf(world.state, key?.uid ?? '');
  const frozen = route.needs === 'trade' ? frozenFailure(world.state, account.uid) : undefined;
  const closed = maintenanceFailure(world.state) ?? frozen;
  if (closed !== undefined) {
    if (route.needs === 'trade') refuseStruck(world, { event, path, route, key, input }, closed.code);
    return failure(closed);
  }
  if (route.kind === 'config') return key === undefined ? failure(refusals.parameter('key')) : configAnswer(account, key);
  const expiry = event.kind === 'request' ? event.expTime : '';
  // @rule exp-time
  if (expiry !== '' && route.needs === 'trade' && path.startsWith('/api/v5/trade/')) {
    if (!/^\d{1,15}$/.test(expiry)) return failure(refusals.parameter('expTime'));
    if (Number(expiry) < toldTime(world.state)) {
      refuseStruck(world, { event, path, route, key, input }, '50036');
      return failure(refusals.expired());
    }
  }
  const call = { world, account, path, fields: input.fields, body: input.body };
  if (route.needs === 'read') return route.act(call);
  return asOneWrite(house, () => {
    const answer = route.act(call);
    settle(world);
    return answer;
  });
}

function applyLimited(world: World, event: Event & { readonly kind: 'limited' }): void {
  const read = bodyInput(event.body);
  const fields = read.kind === 'read' ? read.fields : {};
  const [instId, clOrdId] = [textField(fields, 'instId'), textField(fields, 'clOrdId')];
  const { account, path, code } = event;
  addRefused(world.state, { account, path, instId, clOrdId, code, message: 'too many requests', origin: 'api' });
}

function handleDesk(house: House, request: Request, path: string): Handled {
  const text = new TextDecoder().decode(request.body);
  const name = `${request.method} ${path}`;
  if (name === 'GET /sim/proof') return { reaction: deskReaction(prove(house, request.url)), events: [] };
  if (name === 'GET /sim/ledger') return { reaction: answerReaction({ status: 200, body: ledgerOf(house.world) }), events: [] };
  if (name === 'GET /sim/faults') return { reaction: deskReaction(listFaults(house.world, house.sockets.faults)), events: [] };
  const deskWrites = ['POST /sim/faults', 'DELETE /sim/faults', 'POST /sim/clock', ...deskActs.keys()];
  if (!deskWrites.includes(name)) {
    const known = [...deskWrites, 'GET /sim/ledger', 'GET /sim/proof', 'GET /sim/faults'].join(', ');
    return { reaction: answerReaction({ status: 404, body: { error: `the desk has no ${name}; it has ${known}` } }), events: [] };
  }
  const event: Event = { kind: 'desk', at: house.world.state.now, name, body: text };
  const result = performDesk(house, event);
  house.sockets.hurry();
  // A refused order of somebody else still leaves its line in the ledger.
  const isKept = result.ok || name === 'POST /sim/orders';
  return { reaction: deskReaction(result), events: isKept ? [event] : [] };
}

function deskReaction(result: DeskResult): Reaction {
  return answerReaction(result.ok ? { status: 200, body: result.value } : { status: 400, body: { error: result.error } });
}

function prove({ settings }: House, url: string): DeskResult {
  const challenge = textField(queryInput(url).fields, 'challenge');
  const proof = settings.prove(challenge);
  if (proof === undefined) return { ok: false, error: '"challenge" is no even number of hex digits from 2 to 256; draw 32 random bytes' };
  return { ok: true, value: { proof } };
}

function performDesk(house: House, { name, body }: Event & { readonly kind: 'desk' }): DeskResult {
  const { world } = house;
  if (name === 'DELETE /sim/faults') return clearFaults(world, house.sockets.faults);
  const read = bodyInput(body);
  if (read.kind === 'bad' || !isFields(read.body))
    return { ok: false, error: 'the body is no JSON object; send one such as {"advance_ms": 1000}' };
  const { fields } = read;
  if (name === 'POST /sim/faults') {
    const isOfPushes = isPushFaultKind(textField(fields, 'kind'));
    return isOfPushes ? house.sockets.faults.arm(fields) : armFault(world, fields);
  }
  if (name === 'POST /sim/clock' && Object.hasOwn(fields, 'skew_ms')) return skewClock(world, fields);
  if (name === 'POST /sim/clock') {
    const advanced = advanceClock(world, fields);
    if (!advanced.ok) return advanced;
    pass(house, world.state.now + advanced.value);
    return { ok: true, value: { ts: String(world.state.now) } };
  }
  const act = deskActs.get(name);
  assert(act !== undefined, 'the desk knows what it writes');
  return asOneWrite(house, () => {
    const result = act(world, fields);
    settle(world);
    return result;
  });
}

/** What somebody else does on an account, or to the market; everything that follows from it happens at once. */
const deskActs: ReadonlyMap<string, (world: World, fields: Fields) => DeskResult> = new Map([
  ['POST /sim/market', moveMarket],
  ['POST /sim/orders', placeExternal],
  ['POST /sim/deposits', depositFunds],
  ['POST /sim/transfers', transferByPerson],
  ['POST /sim/liquidations', liquidateNow],
  ['POST /sim/deleveragings', deleverageNow],
  ['POST /sim/accounts', freezeAccount],
  ['POST /sim/throttle', throttle],
  ['POST /sim/maintenance', maintain],
  ['POST /sim/ghosts', showGhost],
  ['POST /sim/fees', setFeeLevel],
]);

/** Applies an event of the log once more. What was decided then is decided again by the same rules at the same time. */
function replay(house: House, event: Event): void {
  pass(house, event.at);
  if (event.kind === 'tick') return;
  if (event.kind === 'desk') {
    performDesk(house, event);
    return;
  }
  if (event.kind === 'limited') {
    applyLimited(house.world, event);
    return;
  }
  const query = event.url.indexOf('?');
  const path = query === -1 ? event.url : event.url.slice(0, query);
  const route = routes.get(`${event.method} ${path}`);
  const input = event.method === 'POST' ? bodyInput(event.body) : queryInput(event.url);
  if (route === undefined || input.kind === 'bad') return;
  perform(house, { event, path, route, key: findKey(event.apiKey), input });
}
