import fc from 'fast-check';
import type { Json } from '../../../src/core/lang/canonical.ts';
import { decimal } from '../../../src/core/money/decimal.ts';
import { channelForm } from '../../../src/core/order/channel-form.ts';
import { clientOrderId } from '../../../src/core/order/identity.ts';
import type { ExchangeRequest } from '../../../src/core/order/request.ts';
import { parseRequest } from '../../../src/vault/allow-table.ts';
import { Passkeys } from '../../../src/vault/passkeys.ts';
import { Prover } from '../../../src/vault/operator-proof.ts';
import { Secret } from '../../../src/vault/secret.ts';
import { type Answer, Signatory } from '../../../src/vault/sign.ts';
import { StageGate } from '../../../src/vault/stage-gate.ts';
import { requestHash } from '../../../src/venues/okx/hash.ts';
import { encode } from '../../../src/venues/okx/request.ts';
import { instrument } from '../../golden/okx-bodies.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { jsonLike } from '../json.ts';

// Messages over the channel to the vault, as a gateway that is somebody else's may send them.

const NOW = 1_795_000_000_000;
const id = (sequence: number) => clientOrderId({ journal: 'abcdef', epoch: 1, sequence });
const [spot, swap] = [instrument('BTC-USDT'), instrument('BTC-USDT-SWAP')];
const common = { side: 'buy', type: 'limit', reduceOnly: false, leg: 'net', purpose: 'entry', price: decimal('50000') } as const;
const requests: readonly ExchangeRequest[] = [
  {
    kind: 'place',
    clientOrderId: id(1),
    expiresAt: NOW + 1500,
    protection: null,
    terms: { ...common, instrument: spot, product: 'spot', size: decimal('0.001') },
  },
  {
    kind: 'place',
    clientOrderId: id(2),
    expiresAt: NOW + 1500,
    protection: { takeProfit: null, stopLoss: decimal('40000'), clientOrderId: id(3) },
    terms: { ...common, instrument: swap, product: 'linear', size: decimal('1') },
  },
  { kind: 'cancel', instrument: spot, clientOrderId: id(1) },
  { kind: 'clear_orders', instrument: spot, exchangeOrderIds: ['1', '2'] },
  { kind: 'cancel_all_after', seconds: 60, tag: 'tabcdef' },
  { kind: 'set_leverage', instrument: swap, leverage: decimal('2') },
  { kind: 'amend_protection', instrument: swap, clientOrderId: id(3), triggers: { takeProfit: null, stopLoss: decimal('45000') } },
  { kind: 'order', instrument: spot, clientOrderId: id(1) },
  { kind: 'positions' },
  { kind: 'bills', span: 'recent', begin: 0, olderThan: '' },
  { kind: 'login' },
];
const numbered = { id: 1, sequence: 1 };
const hex = 'a'.repeat(64);
const artefact = { account: 'okx:live:1', stage: 'LIVE-0', equityUsd: '100', version: '0', positionMode: 'net', issuedAt: NOW };
const assertion = { id: 'aaaa', authenticatorData: 'AAAA', clientData: 'AAAA', signature: 'AAAA' };
const samples: readonly Json[] = [
  ...requests.map((request) => ({
    kind: 'sign',
    ...numbered,
    epoch: 1,
    expectedHash: '',
    request: JSON.parse(JSON.stringify(channelForm(request))) as Json,
  })),
  { kind: 'epoch', epoch: 2 },
  { kind: 'clock', offsetMilliseconds: 5 },
  { kind: 'checkpoint', ...numbered, checkpoint: { account: 'okx:sim:1001', seq: 5, hash: hex, state: hex } },
  { kind: 'stage', ...numbered, stage: { ...artefact, key: hex, signature: hex } },
  { kind: 'stage', ...numbered, stage: null },
  { kind: 'prove_passkey', ...numbered, nonce: 'n', deed: 'd', assertion },
  { kind: 'prove', ...numbered, passphrase: 'p', code: '123456', after: 0, stage: artefact },
];

/** All that ever leaves it with a signature: no withdrawal, no transfer, nothing of sub-accounts. */
const signedPaths =
  /^(\/api\/v5\/trade\/(order|cancel-order|cancel-batch-orders|order-algo|amend-algos|cancel-algos|cancel-all-after|orders-pending|orders-history|fills|orders-algo-pending)|\/api\/v5\/account\/(set-leverage|positions|balance|config|leverage-info|bills|bills-archive)|\/api\/v5\/asset\/balances|\/users\/self\/verify)(\?[A-Za-z0-9=&_.%-]*)?$/;

export const vault = doorOf<string>({
  name: 'vault',
  inputs: fc.oneof({ weight: 2, arbitrary: jsonLike(samples.slice(0, requests.length)) }, { weight: 1, arbitrary: jsonLike(samples) }),
  round: 1500,
  few: 1500,
  show: (text) => text,
  open: () => {
    const gate = new StageGate({ environment: 'sim', operator: null });
    const clock = { now: () => NOW, monotonic: () => 0 };
    const [passkeys, prover] = [new Passkeys([]), new Prover(null, { clock, gate })];
    return Promise.resolve({
      throwAt: async (text) => {
        const message = parsed(text);
        if (message === undefined) return 'closed';
        const proving = prover.answer(message);
        // Each input has a vault of its own: an id is signed once, and a minute has so many signatures.
        const said = proving === undefined ? (passkeys.answer(message) ?? signatoryOf(gate, clock).answer(hashed(message))) : await proving;
        JSON.stringify(said);
        return fateOf(said);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});

function fateOf(said: Answer | { readonly kind: 'proved' }): Fate {
  holds(said.kind !== 'proved', 'nobody is enrolled, and somebody was proved');
  if (said.kind === 'signed') holds(signedPaths.test(said.path), `signed: ${said.method} ${said.path}`);
  return said.kind === 'fatal' ? 'closed' : said.kind === 'refused' ? 'refused' : 'accepted';
}

function signatoryOf(gate: StageGate, clock: { readonly now: () => number; readonly monotonic: () => number }): Signatory {
  return new Signatory({
    credentials: { apiKey: new Secret('sim-key'), secretKey: new Secret('sim-secret'), passphrase: new Secret('sim-pass') },
    ceiling: {
      kind: 'derived',
      instruments: new Set([spot, swap]),
      perMinute: 10,
      maxOrderUsd: decimal('1000'),
      maxExitUsd: decimal('1000'),
    },
    leverage: { instruments: [spot, swap], most: decimal('3') },
    environment: 'sim',
    readOnly: false,
    gate,
    clock,
  });
}

/** With the hash of what the request comes to, as a gateway would give it that means what it says. */
function hashed(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || !('request' in message) || !('expectedHash' in message)) return message;
  const request = parseRequest(message.request);
  if (!request.ok || message.expectedHash !== '' || !/^(place|cancel|clear|set|amend|protect$)/.test(request.value.kind)) return message;
  return { ...message, expectedHash: requestHash(encode(request.value, { simulated: true }), true) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
