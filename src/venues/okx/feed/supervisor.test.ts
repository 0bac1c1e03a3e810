import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instrument } from '../../../core/market/instrument.ts';
import type { Line, News } from '../../../core/order/feed.ts';
import { decimal } from '../../../core/money/decimal.ts';
import { OPERATIONS_MAX } from './link.ts';
import {
  BACK_OFF_MILLISECONDS_MAX,
  type FeedEffect,
  type FeedEvent,
  noLinks,
  publicLinks,
  PING_AFTER_MILLISECONDS,
  PONG_WITHIN_MILLISECONDS,
  REFUSED_AGAIN_MILLISECONDS,
  silences,
  supervise,
  type Supervisor,
} from './supervisor.ts';

const one = decimal('1');
const swap = {
  kind: 'linear',
  id: 'BTC-USDT-SWAP',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  contractValue: one,
  expiry: null,
  tick: one,
  lot: one,
  minimum: one,
  maximum: one,
  tradable: true,
} as Instrument;

type Asked = { readonly id?: string; readonly op: string; readonly args: readonly { readonly channel?: string }[] };

/** An exchange that does as it is told, with the supervisor that speaks to it. Time stands still between steps. */
class Wire {
  state: Supervisor = noLinks;
  now = 1000;
  readonly effects: FeedEffect[] = [];
  readonly open = new Map<number, Line>();
  readonly connects: number[] = [];
  /** Texts of each connection, as they were sent. */
  readonly sent = new Map<number, string[]>();
  answers = true;
  pongs = true;
  /** What is said to a login or a subscription instead of yes, by operation or channel. */
  refusals: Record<string, string> = {};
  /** Told and not yet taken: the exchange answers later. */
  readonly waiting: FeedEvent[] = [];

  take(event: FeedEvent): void {
    const { state, effects } = supervise(this.state, event, this.now);
    this.state = state;
    this.effects.push(...effects);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: FeedEffect): void {
    if (effect.kind === 'connect') {
      assert.ok(!this.open.has(effect.link), 'a connection is opened once');
      this.open.set(effect.link, effect.line);
      this.connects.push(this.now);
      this.sent.set(effect.link, []);
      if (this.answers) this.waiting.push({ kind: 'opened', link: effect.link });
    }
    if (effect.kind === 'sign') this.waiting.push({ kind: 'signed', link: effect.link, login: '{"op":"login","args":[{}]}' });
    if (effect.kind === 'close') this.open.delete(effect.link);
    if (effect.kind === 'send') {
      assert.ok(this.open.has(effect.link), 'nothing is sent where nothing is open');
      this.sent.get(effect.link)?.push(effect.text);
      if (effect.text === 'ping' ? this.pongs : this.answers) this.waiting.push(this.#answer(effect.link, effect.text));
    }
  }

  #answer(link: number, text: string): FeedEvent {
    if (text === 'ping') return { kind: 'text', link, text: 'pong' };
    const { id, op, args } = JSON.parse(text) as Asked;
    const code = this.refusals[op] ?? this.refusals[args[0]?.channel ?? ''];
    if (code !== undefined) return say(link, { ...(id === undefined ? {} : { id }), event: 'error', code, msg: 'no', connId: 'a' });
    if (op === 'login') return say(link, { event: 'login', code: '0', msg: '', connId: 'a' });
    return say(link, { id, event: op, arg: args[0], connId: 'a' });
  }

  settle(): void {
    for (let event = this.waiting.shift(); event !== undefined; event = this.waiting.shift()) this.take(event);
  }

  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 250) {
      this.now += Math.min(left, 250);
      this.take({ kind: 'tick' });
      this.settle();
    }
  }

  linkOf(line: Line): number {
    const id = this.state.lines[line].link?.id;
    assert.ok(id !== undefined, `${line} has a connection`);
    return id;
  }

  news(kind?: News['kind']): readonly News[] {
    return this.effects.flatMap((effect) =>
      effect.kind === 'tell' && (kind === undefined || effect.news.kind === kind) ? [effect.news] : [],
    );
  }

  push(line: Line, arg: object, data: readonly object[], link = this.linkOf(line)): void {
    this.take(say(link, { arg, data }));
  }

  /** Every line up, with the prices of one swap. */
  static running(): Wire {
    const wire = new Wire();
    wire.take({ kind: 'wanted', interest: [swap] });
    wire.pass(500);
    assert.deepEqual(wire.news().map(worded).toSorted(), ['up business', 'up private', 'up public']);
    return wire;
  }
}

function say(link: number, message: object): FeedEvent {
  return { kind: 'text', link, text: JSON.stringify(message) };
}

function worded(news: News): string {
  return 'line' in news ? `${news.kind} ${news.line}` : news.kind;
}

const mark = {
  arg: { channel: 'mark-price', instId: 'BTC-USDT-SWAP' },
  data: [{ instId: 'BTC-USDT-SWAP', instType: 'SWAP', markPx: '60000', ts: '1795000000000' }],
};

test('the account lines log in before they subscribe, and a line is up when everything on it was acknowledged', () => {
  const wire = Wire.running();
  const texts = (line: Line): readonly Asked[] => (wire.sent.get(wire.linkOf(line)) ?? []).map((text) => JSON.parse(text) as Asked);
  assert.deepEqual(
    texts('private').map(({ op, args }) => `${op} ${args[0]?.channel ?? ''}`),
    ['login ', 'subscribe orders', 'subscribe positions', 'subscribe account'],
  );
  assert.deepEqual(
    texts('business').map(({ op, args }) => `${op} ${args[0]?.channel ?? ''}`),
    ['login ', 'subscribe orders-algo'],
  );
  const open = texts('public');
  assert.ok(open.every(({ op }) => op === 'subscribe'));
  for (const channel of ['tickers', 'mark-price', 'funding-rate', 'index-tickers', 'status'])
    assert.ok(
      open.some(({ args }) => args[0]?.channel === channel),
      channel,
    );
});

test('a silent line is asked for a sign of life, and given up without one: nobody waits thirty seconds', () => {
  const wire = Wire.running();
  wire.pass(PING_AFTER_MILLISECONDS + 250);
  assert.equal(wire.sent.get(wire.linkOf('private'))?.at(-1), 'ping');
  wire.pass(60_000);
  assert.deepEqual(wire.news('down'), [], 'a pong is a sign of life');
  wire.pongs = false;
  wire.pass(PING_AFTER_MILLISECONDS + PONG_WITHIN_MILLISECONDS + 250);
  assert.equal(wire.news('down').length, 3);
  const [down] = wire.news('down');
  assert.ok(down?.kind === 'down' && wire.now - down.since >= PONG_WITHIN_MILLISECONDS, 'since when it was silent is told');
});

test('a line that breaks begins again by itself, logs in and subscribes anew, with pauses that grow', () => {
  const wire = Wire.running();
  wire.take({ kind: 'closed', link: wire.linkOf('private'), cause: 'gone' });
  assert.deepEqual(wire.news('down').map(worded), ['down private']);
  wire.pass(2000);
  assert.deepEqual(wire.news().slice(4).map(worded), ['up private']);
  wire.answers = false;
  wire.take({ kind: 'closed', link: wire.linkOf('private'), cause: 'gone' });
  const before = wire.connects.length;
  wire.pass(120_000);
  const tries = wire.connects.slice(before);
  assert.ok(tries.length >= 4 && tries.length <= 12, `${tries.length} tries in two minutes`);
  const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  assert.ok((pauses.at(-1) ?? 0) >= BACK_OFF_MILLISECONDS_MAX, 'the longest pause is kept');
});

test('before an announced end a second connection hears everything, and only then the first is closed', () => {
  const wire = Wire.running();
  const first = wire.linkOf('private');
  wire.take(say(first, { event: 'notice', code: '64008', msg: 'x', connId: 'a' }));
  wire.pass(1500);
  const closes = (): readonly FeedEffect[] => wire.effects.filter((effect) => effect.kind === 'close' && effect.link === first);
  const place = wire.effects.findIndex((effect) => effect.kind === 'close' && effect.link === first);
  assert.equal(closes().length, 1);
  const second = wire.linkOf('private');
  assert.notEqual(second, first);
  const subscribed = wire.effects.findLastIndex(
    (effect) => effect.kind === 'send' && effect.link === second && effect.text.includes('"account"'),
  );
  assert.ok(subscribed < place, 'the first is closed after the second has subscribed');
  assert.deepEqual(wire.news('down'), []);
  assert.equal(wire.news('up').filter((news) => worded(news) === 'up private').length, 2, 'whoever compares is told of the change');
  // A push that the old connection still carries is heard until then, and the same from both is told twice.
  wire.push('private', { channel: 'account', uid: '1' }, [{ uTime: '1795000000000', totalEq: '1', details: [] }]);
  wire.push('private', { channel: 'account', uid: '1' }, [{ uTime: '1795000000000', totalEq: '1', details: [] }], first);
  assert.equal(wire.news('pushed').length, 1, 'what comes from a connection that was given up is not told');
});

test('an exchange that announces the end of every connection at once is not run into again and again', () => {
  const wire = Wire.running();
  const before = wire.connects.length;
  for (let step = 0; step < 480; step += 1) {
    const { link } = wire.state.lines.private;
    if (link?.phase === 'live' && !link.isEnding) {
      wire.take(say(link.id, { event: 'notice', code: '64008', msg: 'x', connId: 'a' }));
      wire.take(say(link.id, { event: 'notice', code: '64008', msg: 'x', connId: 'a' }));
    }
    wire.pass(250);
  }
  const tries = wire.connects.slice(before);
  assert.ok(tries.length >= 4 && tries.length <= 12, `${tries.length} tries in two minutes`);
  assert.ok((tries.at(-1) ?? 0) - (tries.at(-2) ?? 0) >= BACK_OFF_MILLISECONDS_MAX, 'the longest pause is kept');
  assert.deepEqual(wire.news('down'), [], 'what was announced serves until another one does');
});

test('an end that comes before the second connection is ready is told, and the second one becomes the line', () => {
  const wire = Wire.running();
  const first = wire.linkOf('public');
  wire.answers = false;
  wire.take(say(first, { event: 'notice', code: '64008', msg: 'x', connId: 'a' }));
  wire.pass(1500);
  wire.take({ kind: 'closed', link: first, cause: 'upgrade' });
  assert.deepEqual(wire.news('down').map(worded), ['down public']);
  wire.answers = true;
  wire.take({ kind: 'opened', link: wire.linkOf('public') });
  wire.settle();
  assert.deepEqual(wire.news().slice(-1).map(worded), ['up public']);
});

test('a login that is refused for good is not hammered, and one over a wrong time is tried soon', () => {
  for (const [code, waits] of [
    ['60024', REFUSED_AGAIN_MILLISECONDS],
    ['60006', 500],
  ] as const) {
    const wire = new Wire();
    wire.refusals = { login: code };
    wire.pass(500);
    const told = wire.news('refused');
    assert.deepEqual(told.map(worded).toSorted(), ['refused business', 'refused private']);
    assert.ok(told.every((news) => news.kind === 'refused' && news.code === code));
    const before = wire.connects.length;
    wire.refusals = {};
    wire.pass(waits - 500);
    assert.equal(wire.connects.length, before);
    wire.pass(2000);
    assert.deepEqual(wire.news('up').map(worded).toSorted(), ['up business', 'up private', 'up public']);
  }
});

test('a price that is refused leaves the others; a channel of the account that is refused leaves no line at all', () => {
  const wire = new Wire();
  wire.refusals = { 'funding-rate': '60018', account: '64003' };
  wire.take({ kind: 'wanted', interest: [swap] });
  wire.pass(1000);
  assert.deepEqual(wire.news('up').map(worded).toSorted(), ['up business', 'up public']);
  const channels = wire.news('refused').map((news) => (news.kind === 'refused' ? news.channel : ''));
  assert.deepEqual(channels.toSorted(), ['account', 'funding-rate']);
});

test('a channel that should have spoken is subscribed anew, and how long each was silent is told', () => {
  const wire = Wire.running();
  wire.push('public', mark.arg, mark.data);
  wire.pass(29_000);
  assert.deepEqual(wire.news('stale'), []);
  const silent = silences(wire.state, wire.now).find(({ name }) => name.startsWith('mark-price'));
  assert.equal(silent?.milliseconds, 29_000);
  wire.pass(1500);
  const [stale] = wire.news('stale');
  assert.deepEqual(stale?.kind === 'stale' && [stale.channel, stale.name], ['mark-price', 'BTC-USDT-SWAP']);
  const texts = wire.sent.get(wire.linkOf('public'))?.filter((text) => text.includes('mark-price')) ?? [];
  assert.deepEqual(
    texts.map((text) => (JSON.parse(text) as Asked).op),
    ['subscribe', 'unsubscribe', 'subscribe'],
  );
});

test('what is not understood is told as such, and the line goes on', () => {
  const wire = Wire.running();
  const link = wire.linkOf('private');
  for (const text of [
    '',
    '{',
    '[]',
    '"pong"',
    '{"event":"surprise"}',
    '{"arg":{"channel":"orders"},"data":7}',
    '{"arg":{"channel":"trades"},"data":[]}',
  ])
    wire.take({ kind: 'text', link, text });
  wire.push('private', { channel: 'orders', instType: 'ANY' }, [{ ordId: '1' }]);
  wire.push('private', { channel: 'positions', instType: 'ANY' }, [
    { instId: 'BTC-USDT-SWAP', pos: 'many', posSide: 'net', instType: 'SWAP' },
  ]);
  assert.equal(wire.news('unreadable').length, 9);
  assert.deepEqual(wire.news('down'), []);
  assert.equal(wire.linkOf('private'), link);
});

test('prices that are wanted later are subscribed on the open connection, and those that are not wanted any more are taken back', () => {
  const wire = new Wire();
  wire.pass(500);
  const link = wire.linkOf('public');
  wire.take({ kind: 'wanted', interest: [swap] });
  wire.settle();
  wire.push('public', mark.arg, mark.data);
  assert.equal(wire.news('pushed').length, 1);
  wire.take({ kind: 'wanted', interest: [] });
  wire.settle();
  const last = wire.sent.get(link)?.map((text) => JSON.parse(text) as Asked) ?? [];
  assert.ok(last.some(({ op, args }) => op === 'unsubscribe' && args[0]?.channel === 'mark-price'));
  assert.equal(wire.linkOf('public'), link);
});

test('operations that are used up make a second connection follow, and no connection carries more than it may', () => {
  const wire = Wire.running();
  const first = wire.linkOf('public');
  for (let count = 0; count < 120; count += 1) {
    wire.take({ kind: 'wanted', interest: count % 2 === 0 ? [] : [swap] });
    wire.settle();
    wire.pass(250);
  }
  assert.notEqual(wire.linkOf('public'), first);
  for (const texts of wire.sent.values()) assert.ok(texts.filter((text) => text !== 'ping').length <= OPERATIONS_MAX);
  assert.deepEqual(wire.news('down'), []);
});

/** What may happen to the wire between two moments. */
const mishaps = fc.array(
  fc.record({
    what: fc.constantFrom('closed', 'notice', 'deaf', 'mute', 'heal', 'garbage', 'error', 'late', 'wanted', 'push'),
    line: fc.constantFrom<Line>('public', 'private', 'business'),
    pass: fc.nat(12_000),
    text: fc.string({ maxLength: 40 }),
  }),
  { maxLength: 25 },
);

test('whatever happens, connections are few enough, up and down alternate, and a healed wire comes up again', () => {
  fc.assert(
    fc.property(mishaps, (happening) => {
      const wire = new Wire();
      wire.take({ kind: 'wanted', interest: [swap] });
      for (const { what, line, pass, text } of happening) {
        const link = wire.state.lines[line].link?.id ?? 0;
        if (what === 'closed') wire.take({ kind: 'closed', link, cause: text });
        if (what === 'notice') wire.take(say(link, { event: 'notice', code: '64008', msg: '', connId: 'a' }));
        if (what === 'deaf') wire.answers = false;
        if (what === 'mute') wire.pongs = false;
        if (what === 'heal') [wire.answers, wire.pongs] = [true, true];
        if (what === 'garbage') wire.take({ kind: 'text', link, text });
        if (what === 'error') wire.take(say(link, { event: 'error', code: '60014', msg: '', connId: 'a' }));
        if (what === 'late') wire.take({ kind: 'signed', link, login: null });
        if (what === 'wanted') wire.take({ kind: 'wanted', interest: text.length > 10 ? [swap] : [] });
        if (what === 'push') wire.push(line, mark.arg, mark.data, link);
        wire.pass(pass);
      }
      [wire.answers, wire.pongs] = [true, true];
      wire.pass(BACK_OFF_MILLISECONDS_MAX + 12_000);
      for (const name of ['public', 'private', 'business'] as const) {
        const told = wire
          .news()
          .flatMap((news) => ('line' in news && news.line === name && ['up', 'down'].includes(news.kind) ? [news.kind] : []));
        // Up may follow up, where a connection followed another; down never follows down.
        assert.ok(told.every((kind, index) => kind === 'up' || told[index - 1] === 'up'));
        assert.equal(wire.state.lines[name].isUp, true, `${name} is up again`);
        assert.ok(wire.open.size <= 6);
      }
      for (const [index, at] of wire.connects.entries())
        assert.ok((wire.connects[index + 3] ?? Infinity) - at >= 1000, 'three connections a second');
    }),
    { seed: Number(process.env.TWOKEY_TEST_SEED ?? 1), numRuns: 300 },
  );
});

test('where no login is signed the lines of the account stay closed, for ever, and the public one opens', () => {
  let state: Supervisor = publicLinks;
  const connected: string[] = [];
  for (let now = 0; now < 600_000; now += 1000) {
    const next = supervise(state, { kind: 'tick' }, now);
    state = next.state;
    connected.push(...next.effects.flatMap((effect) => (effect.kind === 'connect' ? [effect.line] : [])));
  }
  assert.deepEqual([...new Set(connected)], ['public']);
});
