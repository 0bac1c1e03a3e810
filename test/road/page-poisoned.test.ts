import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './harness/eventually.ts';
import { Browser, Person } from './harness/page.ts';
import { poisonedInstall } from './harness/poison.ts';
import { Program } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

// The page passes through the doors. Here a package in there takes the session of an operator who has it open, and says with it whatever it likes, over the real pipe to the real gateway.

/** Takes the first session that passes, tries everything with it, and says what the gateway answered. */
const poison = `
if (process.permission !== undefined) {
  const { Socket } = process.getBuiltinModule('node:net');
  const [write, parse] = [Socket.prototype.write, JSON.parse];
  const waiting = new Map();
  JSON.parse = (...given) => {
    const value = parse(...given);
    if (value?.kind === 'page_answer') waiting.get(value.call)?.(value);
    return value;
  };
  let isTaken = false;
  Socket.prototype.write = function (chunk, ...more) {
    const said = typeof chunk === 'string' && chunk.startsWith('{"kind":"page"') ? parse(chunk) : {};
    if (said.session && !isTaken) { isTaken = true; void tryAll(this, said); }
    return write.call(this, chunk, ...more);
  };
  const tryAll = async (pipe, { session, incarnation }) => {
    const found = {};
    let call = 1_000_000;
    const wish = (name, wished, by = session) => new Promise((resolve) => {
      call += 1;
      waiting.set(call, ({ status, answer }) => { found[name] = status + ' ' + (answer.code ?? 'done'); resolve(answer); });
      write.call(pipe, JSON.stringify({ kind: 'page', incarnation, call, session: by, wish: wished }) + '\\n');
    });
    const perform = (name, verb, given, more = {}) => wish(name, { ask: 'do', verb, arguments: given, ...more });
    const { approvals } = await perform('look', 'approvals', {});
    const approval = { approval: approvals[0].id, reason: '' };
    const assertion = { id: 'a'.repeat(43), authenticatorData: 'a'.repeat(50), clientData: 'e30', signature: 'AAAA' };
    const { nonce } = await wish('challenge', { ask: 'challenge', verb: 'approve', arguments: approval });
    await perform('approve', 'approve', approval);
    await perform('approve by a made up signature', 'approve', approval, { signed: { nonce, assertion } });
    await perform('approve by a guess', 'approve', approval, { proof: { passphrase: 'guess', code: '123456' } });
    await perform('resume', 'resume', { reason: 'x' });
    await perform('flatten', 'flatten', { instrument: 'BTC-USDT', reason: 'x' });
    await perform('unfreeze', 'unfreeze', { subject: 'BTC-USDT', reason: 'x' });
    await perform('add an agent', 'agent_add', { agent: 'evil', reason: 'x' });
    await perform('a code to enter', 'page', {});
    await wish('enter by a guess', { ask: 'enter', code: '0'.repeat(16) });
    await wish('no session', { ask: 'log' }, '');
    await perform('deny', 'deny', approval);
    console.error('found ' + JSON.stringify(found));
  };
}
`;

test("a package in the doors that takes the operator's session looks and denies with it, and approves, resumes and opens nothing", async () => {
  await using world = await World.create({ sections: '[approval]\nabove = 100\nttl = "30m"\n' });
  await Person.enroll(world);
  const install = poisonedInstall(poison);
  try {
    await using gateway = new Program({
      command: process.execPath,
      argv: [join(install, 'bin', 'twokey.js'), 'up', '--home', world.home],
      environment: world.environment,
    });
    const [, http = ''] = /http=(\S+)/.exec(await gateway.line(/^ready /)) ?? [];
    const agent = await world.agent();
    assert.equal((await agent.place({ intent_id: 'big', quantity: '150' })).status, 'pending_approval');
    const browser = new Browser(http);
    await browser.enter(world);
    assert.equal((await browser.do('status')).status, 200);
    await eventually('the package has tried everything', () => gateway.stderr.includes('doors: found '));
    const line = gateway.stderr.split('\n').find((each) => each.startsWith('doors: found ')) ?? '';
    assert.deepEqual(JSON.parse(line.slice('doors: found '.length)), {
      look: '200 done',
      challenge: '200 done',
      approve: '403 PROOF_REQUIRED',
      'approve by a made up signature': '403 PROOF_REFUSED',
      'approve by a guess': '403 PROOF_REFUSED',
      resume: '403 PROOF_REQUIRED',
      flatten: '409 NOT_ALLOWED',
      unfreeze: '409 NOT_ALLOWED',
      'add an agent': '409 NOT_ALLOWED',
      'a code to enter': '409 NOT_ALLOWED',
      'enter by a guess': '401 NOT_ALLOWED',
      'no session': '401 NOT_ALLOWED',
      deny: '200 APPROVAL_DENIED',
    });
    assert.deepEqual((await world.exchange.ledger()).orders, []);
  } finally {
    rmSync(install, { recursive: true, force: true });
  }
});
