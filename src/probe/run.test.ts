import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignedRequest } from '../ports/exchange.ts';
import { cases } from './cases/all.ts';
import type { Wire } from './open-side.ts';
import { referenceCredentials, referenceWire } from './reference.ts';
import { isFine, reportOf } from './report.ts';
import { type Outcome, probe } from './run.ts';

const startedAt = 1_790_000_000_000;

/** What comes back instead of a body, which is still empty when it is asked whether the request arrives: `no answer` or `lost answer` for none. */
type Alteration = (request: SignedRequest, body: string) => string;

/** The reference as the exchange that is probed, with what it answers changed on the way. */
function altered(alter: Alteration, sent: SignedRequest[] = []): Wire {
  const wire = referenceWire(startedAt);
  return {
    ...wire,
    send: async (request) => {
      sent.push(request);
      if (alter(request, '') === 'no answer') return { kind: 'unknown', cause: 'no answer within 5 s' };
      const answer = await wire.send(request);
      if (answer.kind !== 'answered') return answer;
      const body = alter(request, answer.body);
      return body === 'lost answer' ? { kind: 'unknown', cause: 'no answer within 5 s' } : { ...answer, body };
    },
  };
}

async function run(wire: Wire, ...rules: readonly string[]): Promise<Outcome> {
  const chosen = cases.filter(({ rule }) => rules.includes(rule));
  assert.equal(chosen.length, rules.length);
  const ran = await probe({ cases: chosen, wire, credentials: referenceCredentials, prefix: 'probe1', readOnly: false, tell: () => {} });
  assert.ok(ran.ok, ran.ok ? '' : ran.error);
  return ran.value;
}

function verdicts({ results }: Outcome): readonly string[] {
  return results.map(({ verdict, why }) => (why === '' ? verdict : `${verdict} ${why}`));
}

/** What is pending or held at the end, as the exchange itself tells it. */
async function openAt(wire: Wire): Promise<string> {
  const ran = await run(wire, 'algo-reduce-only-on-contracts');
  return verdicts(ran).join();
}

test('a code that is another makes a case differ, and the report holds both bodies and no name', async () => {
  const outcome = await run(
    altered((_request, body) => body.replaceAll('58129', '58202')),
    'transfer-unknown',
    'dollar-coins',
  );
  assert.deepEqual(verdicts(outcome), ['PROBED', 'DIFFERS']);
  assert.equal(isFine(outcome), false);
  const times = { startedAt: '2026-09-21T00:00:00.000Z', endedAt: '2026-09-21T00:00:01.000Z' };
  const report = reportOf({ outcome, cases, against: 'okx-demo', site: 'global', version: '0.1.0', ...times, secrets: ['sim-key'] });
  const text = JSON.stringify(report);
  assert.match(text, /"target":\{"facts":\{"code":"58202","sCode":""\},"http":"200","body":\{"code":"58202"/);
  assert.match(text, /"reference":\{"facts":\{"code":"58129","sCode":""\},"http":"200","body":\{"code":"58129"/);
  const waiting = report['waiting_for_demo'];
  assert.ok(
    Array.isArray(waiting) && !waiting.includes('transfer-unknown') && !waiting.includes('dollar-coins') && waiting.includes('trade-modes'),
  );
});

test('a key of live trading ends the run with its first question', async () => {
  const sent: SignedRequest[] = [];
  const wire = altered(() => '{"code":"50101","msg":"APIKey does not match current environment."}', sent);
  const ran = await probe({ cases, wire, credentials: referenceCredentials, prefix: 'probe1', readOnly: false, tell: () => {} });
  assert.match(ran.ok ? '' : ran.error, /not one of demo trading \(50101\)/);
  assert.deepEqual(
    sent.map(({ method, path }) => `${method} ${path}`),
    ['GET /api/v5/account/config'],
  );
});

test('an exchange that does not answer fails the case and not the others', async () => {
  const outcome = await run(
    altered(({ path }, body) => (path.startsWith('/api/v5/asset/transfer-state') ? 'no answer' : body)),
    'transfer-unknown',
    'dollar-coins',
  );
  assert.deepEqual(verdicts(outcome), ['PROBED', 'FAILED GET /api/v5/asset/transfer-state: no answer within 5 s']);
});

test('an exchange that is busy says nothing of a rule', async () => {
  const busy = altered(({ path }, body) =>
    path.startsWith('/api/v5/asset/transfer-state') && body !== '' ? '{"code":"50013","msg":"Busy"}' : body,
  );
  assert.deepEqual(verdicts(await run(busy, 'transfer-unknown')), ['FAILED GET /api/v5/asset/transfer-state: 50013']);
});

test('where even the smallest orders are dear nothing is placed', async () => {
  const sent: SignedRequest[] = [];
  const dear = altered((_request, body) => body.replaceAll('"minSz":"0.01"', '"minSz":"10"'), sent);
  assert.match(verdicts(await run(dear, 'initial-margin')).join(), /^SKIPPED the smallest orders of BTC-USDT-SWAP cost more/);
  assert.ok(sent.every(({ method }) => method === 'GET'));
});

test('an order whose answer was lost is found and cancelled all the same', async () => {
  const wire = altered(({ method, path }, body) =>
    method === 'POST' && path === '/api/v5/trade/order' && body !== '' ? 'lost answer' : body,
  );
  const outcome = await run(wire, 'available-funds');
  assert.deepEqual(verdicts(outcome), ['FAILED POST /api/v5/trade/order: no answer within 5 s']);
  assert.deepEqual(outcome.left, []);
  // A further run would refuse to trade beside an order that is still there.
  assert.equal(await openAt(wire), 'PROBED');
});

test('an account in spot mode, a key that may only read, an order of somebody else: what needs more is skipped with the reason', async () => {
  const lacking = async (from: string, to: string): Promise<string> =>
    verdicts(
      await run(
        altered((_request, body) => body.replaceAll(from, to)),
        'algo-needs-position',
        'transfer-unknown',
      ),
    ).join();
  assert.match(await lacking('"acctLv":"2"', '"acctLv":"1"'), /^SKIPPED the account is not in futures mode .*PROBED$/);
  assert.match(await lacking('"perm":"read_only,trade"', '"perm":"read_only"'), /^SKIPPED the key may not trade,PROBED$/);
  const foreign = altered(({ path }, body) =>
    path === '/api/v5/trade/orders-pending' ? body.replace('"data":[]', '"data":[{"instId":"ETH-USDT","ordId":"5","clOrdId":""}]') : body,
  );
  assert.match(verdicts(await run(foreign, 'algo-needs-position')).join(), /^SKIPPED the account has a pending order/);
});

test('what cannot be cancelled is told, and the run does not pass', async () => {
  const stubborn = altered(({ path }, body) =>
    path === '/api/v5/trade/orders-pending' && body !== ''
      ? body.replace('"data":[]', '"data":[{"instId":"BTC-USDT","ordId":"5","clOrdId":"probe17"}]')
      : body,
  );
  const first = { asked: 0 };
  const wire: Wire = {
    ...stubborn,
    // The first look is before anything was placed.
    send: (request) => {
      first.asked += request.path === '/api/v5/trade/orders-pending' ? 1 : 0;
      return first.asked <= 1 ? referenceWire(startedAt).send(request) : stubborn.send(request);
    },
  };
  const outcome = await run(wire, 'algo-reduce-only-on-contracts');
  assert.deepEqual(outcome.left, ['order 5 of BTC-USDT']);
  assert.equal(isFine(outcome), false);
});

test('a run that was stopped skips what is left of it and puts the position mode back', async () => {
  let stopped = false;
  const wire = referenceWire(startedAt);
  const modes: string[] = [];
  const stopping: Wire = {
    ...wire,
    stopped: () => stopped,
    send: (request) => {
      if (request.path === '/api/v5/account/set-position-mode') modes.push(request.body);
      // With the first leg open.
      if (request.path === '/api/v5/trade/order' && request.body.includes('"ioc"')) stopped = true;
      return wire.send(request);
    },
  };
  const outcome = await run(stopping, 'close-beyond-leg', 'leverage-of-legs');
  assert.deepEqual(verdicts(outcome), ['SKIPPED the run was stopped', 'SKIPPED the run was stopped']);
  assert.deepEqual(modes, ['{"posMode":"long_short_mode"}', '{"posMode":"net_mode"}']);
  assert.deepEqual(outcome.left, []);
  assert.equal(isFine(outcome), false);
});
