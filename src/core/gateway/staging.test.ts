import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fill, GatewayBench, lookedUp, told } from '../../../test/support/gateway-bench.ts';
import { d, ether, inverse, quoteOf, spot, swap } from '../../../test/support/policy-samples.ts';
import { signedStage } from '../../../test/support/signed-stage.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { formatDecimal } from '../money/decimal.ts';
import { type Stage, stages } from '../stage/ladder.ts';
import { inForce } from './agents.ts';
import { lossesAgainst } from './breakers.ts';
import { mayNotPromote, stageNext } from './staging.ts';

const DAY = 86_400_000;

/** A live account after its first start: a person has resumed it, and it stands at the foot of its part of the ladder. */
function live(policyLines = ''): GatewayBench {
  const bench = GatewayBench.running(policyLines, 'live');
  resumed(bench);
  return bench;
}

/** Everything that a halt asks before a person may open entries again. */
function resumed(bench: GatewayBench): void {
  while (bench.state.mode !== 'ACTIVE') {
    bench.now += 15 * 60_000;
    compared(bench);
    const before = bench.state.mode;
    bench.operate('resume');
    assert.notEqual(bench.state.mode, before, 'the resume was taken');
  }
}

function compared(bench: GatewayBench): void {
  bench.compare('operator', bench.position(swap) === '0' ? {} : told(swap, bench.position(swap)));
}

function promoted(bench: GatewayBench, to: Stage): readonly Entry[] {
  compared(bench);
  const signed = to.startsWith('LIVE-') ? signedStage(to, { version: bench.version }) : null;
  return bench.take({ kind: 'promote_asked', to, reason: '', signed });
}

/** A live account at a stage, rung by rung. */
function at(stage: Stage, policyLines = ''): GatewayBench {
  const bench = live(policyLines);
  for (const each of stages.slice(stages.indexOf('LIVE-0'), stages.indexOf(stage) + 1)) promoted(bench, each);
  assert.equal(bench.state.standing.stage, stage);
  return bench;
}

/** The price of what is held moves, a second later. */
function priced(bench: GatewayBench, price: string, clockTrusted = true): readonly Entry[] {
  bench.now += 1000;
  const fresh = { at: bench.now, receivedAt: bench.now };
  const quotes = [spot, swap, inverse].map((each) => quoteOf(each, price, fresh)).concat(quoteOf(ether, '3000', fresh));
  bench.changes = { quotes: new Map(quotes.map((quote) => [quote.instrument, quote])), clockTrusted };
  return bench.take({ kind: 'tick' });
}

/** One contract from 60,000, of 600 dollars: a thousand dollars lower cost ten. */
function long(bench: GatewayBench): void {
  bench.filled(bench.place(swap, 'buy', '1'));
  priced(bench, '60000');
  assert.equal(bench.position(swap), '1');
}

const stageOf = (bench: GatewayBench): Stage => bench.state.standing.stage;
const stageEntry = (entries: readonly Entry[]) => entries.find((entry) => entry.kind === 'stage');
const wide = 'max_daily_loss = 100000\nmax_drawdown = 100000\n';

test('where an account begins: a simulation and demo trade, live only reads, and what reduces passes all the same', () => {
  assert.equal(stageOf(GatewayBench.running()), 'SIM');
  assert.equal(stageOf(GatewayBench.running('', 'demo')), 'DEMO');
  for (const bench of [GatewayBench.running(), GatewayBench.running('', 'demo')])
    assert.ok(bench.place(swap, 'buy', '1') !== undefined, bench.environment);
  const bench = live();
  assert.equal(stageOf(bench), 'SHADOW');
  assert.equal(bench.place(swap, 'buy', '1'), undefined);
  assert.equal(bench.lastDecision(), 'STAGE');
});

test('a live account climbs rung by rung on what the operator signed, and skips none', () => {
  const bench = live();
  for (const wrong of ['LIVE-1', 'SHADOW', 'DEMO', 'LIVE-9', '']) {
    compared(bench);
    assert.deepEqual(bench.take({ kind: 'promote_asked', to: wrong, reason: '', signed: signedStage(wrong) }), [], wrong);
  }
  const [entry, alert] = promoted(bench, 'LIVE-0');
  assert.ok(entry?.kind === 'stage' && alert?.kind === 'alert');
  assert.deepEqual(
    [entry.from, entry.to, entry.by, entry.signed?.equity_usd, alert.severity],
    ['SHADOW', 'LIVE-0', 'operator', '10000', 'info'],
  );
  assert.deepEqual(bench.state.standing.signed, signedStage('LIVE-0'), 'what was signed is read back from the journal as it was');
  for (const next of ['LIVE-1', 'LIVE-2', 'LIVE-3', 'LIVE-4'] as const) {
    promoted(bench, next);
    assert.equal(stageOf(bench), next);
  }
  assert.match(mayNotPromote(bench.state, bench.now) ?? '', /LIVE-4 is the last stage/);
});

test('what was signed for another account, another stage, by nobody or with one digit changed opens nothing', () => {
  const right = signedStage('LIVE-0');
  const forged = { ...right, equityUsd: '90000' };
  const others = [null, signedStage('LIVE-0', { account: 'okx:live:1002' }), signedStage('LIVE-1'), forged, { ...right, signature: '' }];
  for (const signed of others) {
    const bench = live();
    compared(bench);
    assert.deepEqual(bench.take({ kind: 'promote_asked', to: 'LIVE-0', reason: '', signed }), []);
    assert.equal(stageOf(bench), 'SHADOW');
  }
});

test('a live stage that nobody signed, which only a changed journal can say, opens nothing', () => {
  const bench = live();
  const entry = { kind: 'stage', from: 'SHADOW', to: 'LIVE-4', by: 'operator', ground: 'promoted', cause: 'x', wait_until: 0 } as const;
  bench.write(entry);
  assert.equal(bench.place(swap, 'buy', '1'), undefined);
  assert.equal(bench.lastDecision(), 'STAGE');
});

test('nobody is promoted while the account is halted, an outcome is unknown, or the books were not compared or differ', () => {
  const bench = at('LIVE-0');
  const why = () => mayNotPromote(bench.state, bench.now) ?? '';
  compared(bench);
  assert.equal(why(), '');
  bench.now += 61_000;
  assert.match(why(), /no comparison .* twokey reconcile first/);
  const differing = at('LIVE-3');
  differing.compare('operator', told(swap, '0.1'));
  assert.match(mayNotPromote(differing.state, differing.now) ?? '', /found \d+ differences; twokey reconcile/);
  const unknown = at('LIVE-3');
  unknown.lose(unknown.place(ether, 'buy', '0.01'));
  compared(unknown);
  assert.match(mayNotPromote(unknown.state, unknown.now) ?? '', /the outcome of order \S+ is not known/);
  const halted = live();
  halted.operate('halt');
  compared(halted);
  assert.match(mayNotPromote(halted.state, halted.now) ?? '', /HALTED; twokey resume/);
});

test('the limits of a stage are shares of the equity that was signed, beside those of twokey.toml, whichever is tighter', () => {
  const limits = (bench: GatewayBench) => {
    const { policy, approval, agents } = inForce(bench.context().configuration, bench.state);
    assert.equal(formatDecimal(agents.get('alpha')?.policy.maxOrderSize ?? policy.maxOrderSize), formatDecimal(policy.maxOrderSize));
    const above = approval.threshold.kind === 'above' ? formatDecimal(approval.threshold.amount) : approval.threshold.kind;
    const amounts = [policy.maxOrderSize, policy.maxPositionSize, policy.maxTotalExposure, policy.maxDailyLoss, policy.maxDrawdown];
    return [...amounts.map(formatDecimal), policy.maxDailyTrades, policy.maxOpenOrders, above];
  };
  assert.deepEqual(limits(at('LIVE-0')), ['50', '100', '200', '25', '100', 5, 3, '0']);
  assert.deepEqual(limits(at('LIVE-1')), ['100', '300', '800', '75', '250', 10, 4, '75']);
  assert.deepEqual(limits(at('LIVE-2')), ['200', '1000', '2500', '150', '500', 20, 6, '150']);
  assert.deepEqual(limits(at('LIVE-3')), ['400', '2000', '5000', '150', '500', 20, 6, '150']);
  assert.deepEqual(limits(at('LIVE-4')), ['800', '4000', '10000', '150', '500', 20, 6, '150']);
  assert.deepEqual(limits(at('LIVE-2', 'max_order_size = 7\nmax_daily_trades = 3\n')), ['7', '1000', '2500', '150', '500', 3, 6, '150']);
});

test('at the first live stage each of the first ten orders waits for a person, and an account of little worth may still place one smallest order', () => {
  const bench = live();
  compared(bench);
  bench.take({ kind: 'promote_asked', to: 'LIVE-0', reason: '', signed: signedStage('LIVE-0', { equityUsd: '300' }) });
  const { policy } = inForce(bench.context().configuration, bench.state);
  assert.equal(formatDecimal(policy.maxOrderSize), '10');
  bench.place(ether, 'buy', '0.003');
  assert.equal(bench.lastDecision(), 'needs_approval');
  const above = (state: State) => {
    const { threshold } = inForce(bench.context().configuration, state).approval;
    return threshold.kind === 'above' ? formatDecimal(threshold.amount) : threshold.kind;
  };
  assert.equal(above(bench.state), '0');
  assert.equal(above({ ...bench.state, standing: { ...bench.state.standing, entries: 10 } }), '50');
});

test('at each live stage all of its positions can be held with a stop each, and opened with one', () => {
  const leverage = new Map([swap, ether, inverse].map(({ id }) => [id, d('2')]));
  for (const stage of ['LIVE-0', 'LIVE-1', 'LIVE-2'] as const) {
    const bench = at(stage);
    const { policy } = inForce(bench.context().configuration, bench.state);
    assert.ok(policy.maxOpenOrders >= policy.maxOpenPositions - 1 + 2, `${stage}: a stop of each other position, the entry and its own`);
    bench.changes = { leverage };
    bench.place(swap, 'buy', '0.05', { stopLoss: d('59000') });
    assert.notEqual(bench.lastDecision(), 'MAX_OPEN_ORDERS', stage);
  }
});

test('at the first live stage small orders pass without a person after the first ten, one after the other', () => {
  const bench = at('LIVE-0');
  bench.state = { ...bench.state, standing: { ...bench.state.standing, entries: 10 } };
  for (let count = 0; count < 2; count += 1) {
    bench.now += DAY;
    bench.filled(bench.place(spot, 'buy', '0.0003'));
    assert.equal(bench.lastDecision(), 'allow');
  }
});

test('entries that are sent are counted up to ten, and from each stage anew', () => {
  const bench = at('LIVE-2', wide);
  for (let count = 1; count <= 12; count += 1) {
    bench.now += 700_000;
    bench.filled(bench.place(spot, count % 2 === 0 ? 'sell' : 'buy', '0.0001'));
  }
  assert.ok(bench.state.standing.entries > 3 && bench.state.standing.entries <= 10, String(bench.state.standing.entries));
  promoted(bench, 'LIVE-3');
  assert.equal(bench.state.standing.entries, 0);
});

test('a drawdown at its limit halts and takes one stage, says so in red, and the next one is measured from there', () => {
  const bench = at('LIVE-2', 'max_daily_loss = 100000\nmax_drawdown = 5\n');
  const limit = 'max_drawdown = 5';
  assert.ok(bench.policyLines.includes(limit));
  bench.filled(bench.place(swap, 'buy', '0.1'));
  priced(bench, '60000');
  const entries = priced(bench, '55000');
  const entry = stageEntry(entries);
  assert.ok(entry?.kind === 'stage', 'a stage entry');
  assert.deepEqual([entry.from, entry.to, entry.by, entry.ground], ['LIVE-2', 'LIVE-1', 'twokey', 'drawdown']);
  assert.equal(entry.wait_until, bench.now + 14 * DAY);
  assert.equal(bench.state.mode, 'HALTED');
  assert.ok(
    bench.state.alerts.some(({ code, severity, message }) => code === 'STAGE' && severity === 'red' && /LIVE-2 to LIVE-1/.test(message)),
  );
  // The same fall takes nothing twice, however often it is looked at.
  for (const price of ['54990', '54995', '54980']) assert.equal(stageEntry(priced(bench, price)), undefined);
  resumed(bench);
  assert.equal(bench.state.mode, 'ACTIVE', 'what was paid for with a stage keeps nobody from opening entries again');
  compared(bench);
  assert.match(mayNotPromote(bench.state, bench.now) ?? '', /LIVE-1 is to be kept for another 14 days/);
  assert.deepEqual(promoted(bench, 'LIVE-2'), []);
  bench.now += 14 * DAY;
  promoted(bench, 'LIVE-2');
  assert.equal(stageOf(bench), 'LIVE-2');
});

test('a second drawdown within 90 days leads to the first live stage, a third to reading, and the way back is not shorter for it', () => {
  const bench = at('LIVE-4', 'max_daily_loss = 100000\nmax_drawdown = 5\n');
  bench.filled(bench.place(swap, 'buy', '0.1'));
  priced(bench, '60000');
  priced(bench, '54000');
  assert.equal(stageOf(bench), 'LIVE-3');
  resumed(bench);
  priced(bench, '48000');
  assert.equal(stageOf(bench), 'LIVE-0');
  resumed(bench);
  priced(bench, '42000');
  assert.equal(stageOf(bench), 'SHADOW');
  assert.equal(bench.state.standing.opens, false);
  resumed(bench);
  priced(bench, '42000');
  assert.ok(bench.close(swap) !== undefined, 'an exit passes where nothing is opened');
});

test('drawdowns that are 91 days apart cost one stage each', () => {
  const bench = at('LIVE-4', 'max_daily_loss = 100000\nmax_drawdown = 5\n');
  bench.filled(bench.place(swap, 'buy', '0.1'));
  priced(bench, '60000');
  priced(bench, '54000');
  resumed(bench);
  bench.now += 91 * DAY;
  priced(bench, '54000');
  priced(bench, '48000');
  assert.equal(stageOf(bench), 'LIVE-2');
  assert.equal(bench.state.standing.drawdowns.length, 1, 'the old one is forgotten');
});

test('a drawdown while the exchange’s time is not known halts, and takes one stage when it is', () => {
  const bench = at('LIVE-2', 'max_daily_loss = 100000\nmax_drawdown = 5\n');
  bench.filled(bench.place(swap, 'buy', '0.1'));
  priced(bench, '60000');
  priced(bench, '54000', false);
  assert.deepEqual([bench.state.mode, stageOf(bench)], ['HALTED', 'LIVE-2']);
  priced(bench, '54100');
  assert.equal(stageOf(bench), 'LIVE-1');
  assert.equal(stageEntry(priced(bench, '54000')), undefined);
});

test('in demo a drawdown ends demo trading until the operator begins it anew, and in a simulation it takes nothing', () => {
  const limits = 'max_daily_loss = 100000\nmax_drawdown = 50\n';
  const demo = GatewayBench.running(limits, 'demo');
  long(demo);
  priced(demo, '54000');
  assert.equal(stageOf(demo), 'SIM');
  resumed(demo);
  assert.equal(demo.place(ether, 'buy', '0.1'), undefined);
  assert.equal(demo.lastDecision(), 'STAGE');
  demo.now += 13 * DAY;
  priced(demo, '54000');
  priced(demo, '48000');
  assert.equal(demo.state.mode, 'HALTED');
  assert.equal(lossesAgainst(demo.state, demo.context()), null, 'a drawdown that finds no stage to take does not close entries for ever');
  resumed(demo);
  assert.match(mayNotPromote(demo.state, demo.now) ?? '', /another 14 days/);
  demo.now += 14 * DAY;
  promoted(demo, 'DEMO');
  assert.equal(stageOf(demo), 'DEMO');
  const sim = GatewayBench.running(limits);
  long(sim);
  assert.equal(stageEntry(priced(sim, '54000')), undefined);
  assert.equal(stageOf(sim), 'SIM');
});

test('at the first live stage every halt that twokey makes leads back to reading for a week; one of a person does not', () => {
  const bench = at('LIVE-0');
  bench.operate('halt');
  assert.equal(stageOf(bench), 'LIVE-0');
  resumed(bench);
  const entry = stageEntry(bench.take({ kind: 'degraded', to: 'HALTED', cause: 'the vault died' }));
  assert.ok(entry?.kind === 'stage');
  assert.deepEqual([entry.to, entry.ground, entry.wait_until], ['SHADOW', 'incident', bench.now + 7 * DAY]);
  const grown = at('LIVE-1');
  assert.equal(stageEntry(grown.take({ kind: 'degraded', to: 'HALTED', cause: 'the vault died' })), undefined);
  assert.equal(stageOf(grown), 'LIVE-1');
});

test('another version than the signed one reads only, for a day, and the operator leads it straight back to where it was', () => {
  const bench = at('LIVE-3');
  bench.start();
  assert.equal(stageOf(bench), 'LIVE-3', 'a start of the same changes nothing');
  bench.version = '1';
  const entry = stageEntry(bench.start());
  assert.ok(entry?.kind === 'stage');
  assert.deepEqual([entry.to, entry.ground], ['SHADOW', 'change']);
  assert.match(entry.cause, /version 1 runs, and the stage was signed for 0/);
  bench.compare('boot');
  compared(bench);
  assert.match(mayNotPromote(bench.state, bench.now) ?? '', /another 24 hours/);
  bench.now += DAY;
  assert.equal(stageNext(bench.state), 'LIVE-3');
  resumed(bench);
  promoted(bench, 'LIVE-3');
  assert.equal(stageOf(bench), 'LIVE-3');
  assert.equal(stageNext(bench.state), 'LIVE-4');
});

test('a host’s clock that is set back before a start makes no wait shorter', () => {
  const bench = at('LIVE-3');
  const stopped = bench.now;
  bench.now -= 2 * DAY;
  const started = { kind: 'started', journal: 'abcdef', environment: 'live', version: '1', policyHash: 'policy', readOnly: false } as const;
  const entry = stageEntry(bench.take(started));
  assert.ok(entry?.kind === 'stage');
  assert.equal(entry.wait_until, stopped + DAY);
});

test('a journal that names a higher stage than the operator signed opens nothing from the next start on', () => {
  const bench = at('LIVE-0');
  bench.write({ kind: 'stage', from: 'LIVE-0', to: 'LIVE-4', by: 'twokey', ground: 'asked', cause: 'nobody', wait_until: 0 });
  const entry = stageEntry(bench.start());
  assert.ok(entry?.kind === 'stage');
  assert.deepEqual([entry.to, entry.cause], ['SHADOW', 'the operator signed LIVE-0, and nothing above it']);
});

test('a signature that the vault does not know leads back to reading, and a drawdown meanwhile takes the short way back', () => {
  const bench = at('LIVE-2', 'max_daily_loss = 100000\nmax_drawdown = 5\n');
  bench.filled(bench.place(swap, 'buy', '0.1'));
  priced(bench, '60000');
  bench.take({ kind: 'stage_refused', cause: 'the vault knows another operator' });
  assert.deepEqual([stageOf(bench), stageNext(bench.state)], ['SHADOW', 'LIVE-2']);
  priced(bench, '54000');
  assert.deepEqual([stageOf(bench), stageNext(bench.state)], ['SHADOW', 'LIVE-0']);
  assert.ok(bench.state.standing.waitUntil >= bench.now + 13 * DAY);
  assert.deepEqual(bench.take({ kind: 'stage_refused', cause: 'again' }), [], 'where nothing was signed nothing is lost');
});

test('a person may always ask for less: one rung at a time, entries that wait are cancelled where nothing is opened any more', () => {
  const bench = at('LIVE-1');
  bench.take({ kind: 'demote_asked', reason: 'a holiday' });
  assert.equal(stageOf(bench), 'LIVE-0');
  const grown = at('LIVE-2');
  const order = grown.accept(grown.place(ether, 'buy', '0.03'));
  grown.take({ kind: 'demote_asked', reason: '' });
  grown.take({ kind: 'demote_asked', reason: '' });
  assert.equal(grown.current(order).cancel, 'none', 'a smaller stage still trades');
  const entries = grown.take({ kind: 'demote_asked', reason: '' });
  assert.equal(stageOf(grown), 'SHADOW');
  assert.ok(entries.some((entry) => entry.kind === 'cancelling' && entry.client_order_id === order.clientOrderId));
  assert.deepEqual(grown.take({ kind: 'demote_asked', reason: '' }), [], 'at the foot nothing happens');
});

test('an entry that turns out to be live when nothing is opened any more is cancelled', () => {
  const bench = at('LIVE-2');
  const order = bench.lose(bench.place(ether, 'buy', '0.03'));
  for (let rung = 0; rung < 3; rung += 1) bench.take({ kind: 'demote_asked', reason: '' });
  bench.now += 5000;
  bench.take(lookedUp(order, 'live', '0'));
  assert.notEqual(bench.current(order).cancel, 'none');
  bench.take(lookedUp(bench.current(order), 'cancelled', '0.01', [fill(order, '0.01')]));
  assert.equal(bench.position(ether), '0.01', 'what it had executed by then is booked all the same');
});

test('whatever happens, the stage rises by the operator’s signed word alone and one rung at a time (G6, reference §6.5)', () => {
  const deeds = fc.oneof(
    fc.constantFrom('demote', 'incident', 'refused', 'restart', 'upgrade', 'down', 'up', 'halt', 'resume', 'wait'),
    fc.record({ to: fc.constantFrom(...stages), signedFor: fc.constantFrom(...stages), valid: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(deeds, { maxLength: 40 }), (list) => {
      const bench = live('max_daily_loss = 100000\nmax_drawdown = 5\n');
      let price = 60_000;
      for (const each of list) {
        const before = bench.state.standing;
        const next = stageNext(bench.state);
        let signed = false;
        if (typeof each === 'object') {
          compared(bench);
          const artefact = signedStage(each.signedFor);
          signed = each.valid && each.to === each.signedFor && each.to === next;
          bench.take({ kind: 'promote_asked', to: each.to, reason: '', signed: each.valid ? artefact : { ...artefact, issuedAt: 2 } });
        } else if (each === 'demote') bench.take({ kind: 'demote_asked', reason: '' });
        else if (each === 'incident') bench.take({ kind: 'degraded', to: 'HALTED', cause: 'x' });
        else if (each === 'refused') bench.take({ kind: 'stage_refused', cause: 'x' });
        else if (each === 'restart' || each === 'upgrade') {
          if (each === 'upgrade') bench.version = String(Number(bench.version) + 1);
          bench.start();
          bench.compare('boot', bench.position(swap) === '0' ? {} : told(swap, bench.position(swap)));
        } else if (each === 'halt') bench.operate('halt');
        else if (each === 'resume') {
          bench.now += 16 * 60_000;
          compared(bench);
          bench.operate('resume');
        } else if (each === 'wait') bench.now += 15 * DAY;
        else {
          if (each === 'up') bench.place(swap, 'buy', '0.1');
          price += each === 'up' ? 3000 : -6000;
          if (price > 6000) priced(bench, String(price));
        }
        const { stage, opens } = bench.state.standing;
        const rose = stages.indexOf(stage) > stages.indexOf(before.stage);
        if (rose) assert.ok(signed && stage === next, `${before.stage} → ${stage} by ${JSON.stringify(each)}`);
        assert.equal(opens, stage.startsWith('LIVE-'));
        if (!before.opens && each === 'up') assert.notEqual(bench.lastDecision(), 'allow');
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});
