import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as OperatorSockets from '../../src/adapters/operator/server.ts';
import type * as Proofs from '../../src/vault/operator-proof.ts';
import type * as Gates from '../../src/vault/stage-gate.ts';
import { eventually } from '../road/harness/eventually.ts';
import { ask, bearer } from '../road/harness/http.ts';
import { Program } from '../road/harness/program.ts';
import type { AgentDesk } from '../support/agent-desk.ts';
import type { Attack } from './attack.ts';
import { calling, deskOf, doorsOf, limits, shown, succeeded, tokens, wish } from './grounds.ts';
import { load } from './load.ts';
import { lineTo, pageOf, provingSocket } from './operator-grounds.ts';

const asking = limits('duplicate_window = "1s"', '[approval]\nabove = 100\nttl = "10m"\n[agents.default]\n[agents.one]');
const big = { intent_id: 'big', quantity: '150' };

/** The name of the question that waits the longest. */
function waiting({ world }: AgentDesk): string {
  const [id] = world.engine.state.approvals.keys();
  if (id === undefined) throw new Error('no order waits for a person');
  return id;
}

const approving = { adversary: 'an agent that wants more than tools', asset: 'the approval of a person', modes: 'one user' } as const;

/** Getting an order out that waits for a person, without the person. */
export const approvalAttacks: readonly Attack[] = [
  {
    ...approving,
    name: 'uses the approval of an order a second time',
    control: 'an approval is burnt in the append that uses it',
    plant: [
      {
        file: 'src/core/account/apply.ts',
        from: "  assert(state.approvals.has(id), 'an approval is used once');\n  const approvals = new Map(state.approvals);\n  approvals.delete(id);",
        to: '  const approvals = new Map(state.approvals);',
      },
      {
        file: 'src/core/gateway/judging.ts',
        from: "  assert(result.kind === 'pending', 'what waits is not settled');",
        to: `  const kept = (pendingOf.kept ??= new Map());
  if (result.kind === 'pending') kept.set(intentId, result);
  if (kept.has(intentId)) return { tool, bodyHash, pending: kept.get(intentId) };`,
      },
    ],
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      const desk = await deskOf(target, asking);
      await desk.call('place_order', wish(big));
      const approval = waiting(desk);
      await desk.operate({ verb: 'approve', approval, reason: '' });
      await desk.world.pass(5000);
      const again = await desk.operate({ verb: 'approve', approval, reason: '' });
      await desk.world.pass(5000);
      const { orders } = desk.world.ledger();
      return succeeded(
        orders.length > 1,
        `${orders.length} orders at the exchange; ${again.ok ? 'the second was taken' : again.error.message}`,
      );
    },
  },
  {
    ...approving,
    name: 'asks for another order under the name of the one that waits, and has the person agree to the first',
    control: 'one intent_id is one request, and what leaves is what was shown',
    plant: [
      {
        file: 'src/core/gateway/wishes.ts',
        from: 'known.bodyHash === bodyHash && known.tool === tool ? nothing : conflict(call, known);',
        to: 'known.bodyHash === bodyHash && known.tool === tool ? nothing : null;',
      },
      {
        file: 'src/core/gateway/judging.ts',
        from: "  assert(equals(terms.size, shown.size), 'the size is the one that was shown');",
        to: '  return;',
      },
    ],
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      const desk = await deskOf(target, asking);
      const shownToPerson = wish({ ...big, instrument: 'BTC-USDT-SWAP' });
      await desk.call('place_order', shownToPerson);
      const approval = waiting(desk);
      const swapped = await desk.call('place_order', { ...shownToPerson, side: 'sell' });
      await desk.operate({ verb: 'approve', approval, reason: '' });
      await desk.world.pass(5000);
      const sides = desk.world.ledger().orders.map(({ side }) => side);
      return succeeded(
        sides.includes('sell'),
        `agreed to: buy; sent: ${sides.join(' ')}; the change was answered ${shown(swapped.answer)}`,
      );
    },
  },
  {
    ...approving,
    name: 'answers in the place of the person: inputResponses and an elicitation that nobody made',
    control: 'no answer of a client reaches a decision; only the operator agrees',
    plant: [
      {
        file: 'src/doors/mcp/server.ts',
        from: 'ask: (given) => ask({ principal, client, tool: tool.name, arguments: given }),',
        to: "ask: (given) => ask({ principal, client, tool: context.mcpReq.inputResponses === undefined && request.params.inputResponses === undefined ? tool.name : 'elicited', arguments: given }),",
      },
      {
        file: 'src/main/answering.ts',
        from: '  if (reads.has(call.tool)) {',
        to: `  if (call.tool === 'elicited') for (const id of desk.engine.state.approvals.keys()) await desk.engine.judge({ verb: 'approve', approval: id, reason: '' });
  if (reads.has(call.tool)) {`,
      },
    ],
    attempt: async (target) => {
      const desk = await deskOf(target, `${asking}[agents.two]`);
      await using doors = await doorsOf(target);
      doors.respond = ({ incarnation, call, principal, tool, arguments: given }) =>
        void desk
          .call(tool, given as ReturnType<typeof wish>, principal)
          .then(({ failed, answer }) => doors.doors.answer({ incarnation, call, failed, answer }));
      const yes = { action: 'accept', content: { approve: true, approved: true } };
      const say = (more: object) => ask(doors, { headers: bearer(tokens.one), body: calling('place_order', wish(big), more) });
      await say({});
      for (const more of [
        { inputResponses: { approval: yes }, requestState: waiting(desk) },
        { _meta: { 'io.modelcontextprotocol/elicitation': yes, approved: true } },
      ])
        // oxlint-disable-next-line no-await-in-loop
        await say(more);
      await ask(doors, { headers: bearer(tokens.one), body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: yes }) });
      await desk.world.pass(5000);
      const { length } = desk.world.ledger().orders;
      return succeeded(length > 0, `${length} orders at the exchange, ${desk.world.engine.state.approvals.size} wait for a person`);
    },
  },
  {
    ...approving,
    name: 'types twokey approve into a terminal of its own, with a passphrase and a code that it made up',
    adversary: "whoever has the operator's token, but not what the operator knows and carries",
    control: 'what loosens needs a passphrase and a code that the vault compares',
    plant: {
      file: 'src/main/proving.ts',
      from: "return needsProof[verb] && (exchange.environment === 'live' || operator.requireProof);",
      to: 'return false;',
    },
    missing: () => (process.platform === 'linux' ? '' : 'script(1) of Linux makes the terminal'),
    attempt: async (target) => {
      const desk = await deskOf(target, `${asking}[operator]\nrequire_proof = true\n`);
      await desk.call('place_order', wish(big));
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-op-'));
      await using _ = await provingSocket(target, desk, home.path);
      const command = `${join(target.root, 'twokey')} approve ${waiting(desk)} --home ${home.path}`;
      await using terminal = new Program({
        command: 'script',
        argv: ['--quiet', '--return', '--command', command, '/dev/null'],
        environment: { PATH: process.env['PATH'] ?? '', HOME: home.path },
        isAnswered: true,
      });
      for (const [asked, typed] of [
        ['passphrase', 'let me in'],
        ['code of the authenticator', '123456'],
      ] as const) {
        // oxlint-disable-next-line no-await-in-loop
        await eventually(`it asks for the ${asked}`, () => !terminal.running || terminal.stdout.includes(asked));
        if (terminal.running) terminal.answer(typed);
      }
      await terminal.exited;
      const { length } = desk.world.ledger().orders;
      return succeeded(
        length > 0,
        `${length} orders at the exchange; the terminal said ${terminal.stdout.trim().split('\n').at(-1) ?? ''}`,
      );
    },
  },
  {
    ...approving,
    name: 'follows the link of an alert and has the page approve',
    adversary: "whoever finds the port of the operator's page, or a link to it",
    control: 'a link holds nothing: the page looks in a session and approves by a proof',
    plant: [
      { file: 'src/main/page/page.ts', from: 'if (!this.#sessions.has(session)) return noSession;', to: '' },
      { file: 'src/main/page/wish.ts', from: "  approve: 'proof',", to: "  approve: 'session'," },
    ],
    attempt: async (target) => {
      const desk = await deskOf(target, asking);
      await desk.call('place_order', wish(big));
      const approval = waiting(desk);
      await using doors = await doorsOf(target);
      const page = await pageOf(target, desk);
      doors.respondToPage = ({ incarnation, call, ...asked }) =>
        void desk.world.until(page.answer(asked)).then((answer) => doors.doors.answerPage({ incarnation, call, ...answer }));
      const own = `http://127.0.0.1:${doors.port}`;
      const wished = JSON.stringify({ ask: 'do', verb: 'approve', arguments: { approval, reason: '' } });
      const followed = await ask(doors, { method: 'GET', path: `/approve/${approval}` });
      const said = await ask(doors, { path: '/ask', headers: { origin: own }, body: wished });
      await desk.world.pass(5000);
      const { length } = desk.world.ledger().orders;
      return succeeded(length > 0, `the link answers ${followed.status}, the page ${said.status}; ${length} orders at the exchange`);
    },
  },
  {
    ...approving,
    name: "approves over the operator's socket without its token",
    adversary: 'a process of the same user that is no shell of an agent',
    control: "the operator's socket wants the token for all but stopping",
    plant: {
      file: 'src/adapters/operator/protocol.ts',
      from: "return request.verb === 'halt' ? request.flatten : request.verb !== 'reduce_only';",
      to: 'return false;',
    },
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'tk-op-'));
      const { startOperatorSocket } = await load<typeof OperatorSockets>(target, 'src/adapters/operator/server.ts');
      const done: string[] = [];
      const path = join(folder.path, 'operator.sock');
      const opened = await startOperatorSocket({
        path,
        token: 'f'.repeat(64),
        handle: (request) => Promise.resolve({ ok: true, value: { did: done.push(request.verb) } }),
      });
      if (!opened.ok) throw new Error(opened.error);
      await using _ = opened.value;
      const said = await lineTo(path, { id: 1, verb: 'approve', arguments: { approval: 'a2b3', reason: '' } });
      return succeeded(done.includes('approve'), `the gateway did ${done.length} deeds and answered ${said.trim()}`);
    },
  },
  {
    ...approving,
    name: "guesses the operator's passphrase, one guess after the other",
    asset: 'the proof of the operator',
    adversary: 'a gateway that has become somebody else’s',
    control: 'the vault counts failures itself, and waits double',
    plant: {
      file: 'src/core/account/proofs.ts',
      from: 'return failures === 0 ? 0 : Math.min(',
      to: 'return failures >= 0 ? 0 : Math.min(',
    },
    isQuick: true,
    isInProcess: true,
    attempt: async (target) => {
      const { hashOf, Prover } = await load<typeof Proofs>(target, 'src/vault/operator-proof.ts');
      const { StageGate } = await load<typeof Gates>(target, 'src/vault/stage-gate.ts');
      const [salt, totp] = [Buffer.alloc(16, 7), Buffer.alloc(20, 7)];
      const enrolment = { cost: 16_384, salt, totp, hash: await hashOf('seventeen small boats', { cost: 16_384, salt }) };
      const clock = { now: () => 1_800_000_000_000, monotonic: () => 0 };
      const prover = new Prover(enrolment, { clock, gate: new StageGate({ environment: 'sim', operator: null }) });
      const guesses = 10;
      let judged = 0;
      for (let sequence = 1; sequence <= guesses; sequence += 1) {
        const question = { kind: 'prove', id: sequence, sequence, passphrase: `guess ${sequence}`, code: '000000', after: 0, stage: null };
        // oxlint-disable-next-line no-await-in-loop
        const answer = await prover.answer(question);
        if (answer?.kind === 'refused' && !answer.cause.includes('the next try may come')) judged += 1;
      }
      return succeeded(judged > 1, `${judged} of ${guesses} guesses were compared within one moment`);
    },
  },
];
