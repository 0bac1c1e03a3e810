import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { err, ok } from '../../core/lang/result.ts';
import { parseCommand } from './command.ts';
import { enroll, type Enrolling } from './enroll.ts';
import type { Gateway, Proof } from './gateway.ts';
import { parseCode, withProof } from './proof.ts';
import { secretive } from './secretive.ts';

const home = mkdtempSync(join(tmpdir(), 'twokey-enroll-'));
after(() => rmSync(home, { recursive: true }));

/** Somebody whose answers come line by line through a pipe. */
function typing(...lines: readonly string[]): ReturnType<typeof secretive> {
  const input = new PassThrough();
  input.end(lines.map((line) => `${line}\n`).join(''));
  return secretive({ input, output: new PassThrough().resume() });
}

test('a command is asked for a proof only where the gateway wants one, and says it once more with what was typed', async () => {
  const asked: (Proof | undefined)[] = [];
  const gateway: Gateway = (_request, _timeout, proof) => {
    asked.push(proof);
    return Promise.resolve(
      proof === undefined ? err({ kind: 'refused', code: 'PROOF_REQUIRED', message: 'needs it' }) : ok({ done: true }),
    );
  };
  const answer = await withProof(gateway, () => Promise.resolve(typing('a long passphrase', '123 456')))({ verb: 'resume', reason: '' }, 1);
  assert.deepEqual(answer, ok({ done: true }));
  assert.deepEqual(asked, [undefined, { passphrase: 'a long passphrase', code: '123456' }]);
  const silent = await withProof(gateway, () => Promise.resolve(typing()))({ verb: 'resume', reason: '' }, 1);
  assert.ok(!silent.ok);
  assert.equal(silent.error.message, 'needs it (passphrase: nobody answered on standard input)');
  const refusing: Gateway = () => Promise.resolve(err({ kind: 'refused', code: 'NOT_ALLOWED', message: 'no' }));
  const never = await withProof(refusing, () => assert.fail('nobody is asked'))({ verb: 'resume', reason: '' }, 1);
  assert.ok(!never.ok && never.error.message === 'no');
});

test('a code is six digits, in one group or two', () => {
  assert.deepEqual([parseCode('123456'), parseCode(' 123 456 ')], [ok('123456'), ok('123456')]);
  for (const odd of ['', '12345', '1234567', '12345a', '１２３４５６']) assert.ok(!parseCode(odd).ok, odd);
});

function command(...argv: readonly string[]) {
  const read = parseCommand([...argv, '--home', home, '--json']);
  assert.ok(read.ok);
  return read.value;
}

function around(...lines: readonly string[]): Enrolling & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    person: () => typing(...lines),
    openHome: (folder) => ok(folder),
    tell: (words) => told.push(words),
    draw: () => ({
      secret: 'A'.repeat(32),
      shows: (code) => code === '111111',
      fileWith: (passphrase) => Promise.resolve(`file for ${passphrase}\n`),
    }),
  };
}

test('enrolling writes one file that nobody else can read, once the authenticator has shown its code, and never a second', async () => {
  const long = 'twelve or more';
  for (const [lines, why] of [
    [['short', 'short', '111111'], 'too short'],
    [[long, 'twelve or less', '111111'], 'mistyped'],
    [[long, long, '222222'], 'another code'],
    [[long, long], 'no code'],
    [[` ${long}`, ` ${long}`, '111111'], 'a space that nobody sees'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await enroll(command('enroll'), around(...lines)), 1, why);
    assert.deepEqual(readdirSync(home), [], why);
  }
  const fine = around(long, long, '111 111');
  assert.equal(await enroll(command('enroll'), fine), 0);
  assert.match(fine.told.join(''), /otpauth:\/\/totp\/twokey:operator\?secret=A{32}&issuer=twokey&algorithm=SHA1&digits=6&period=30/);
  const file = join(home, 'operator.toml');
  assert.equal(readFileSync(file, 'utf8'), `file for ${long}\n`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(await enroll(command('enroll'), around(long, long, '111111')), 1);
  assert.equal(readFileSync(file, 'utf8'), `file for ${long}\n`);
  assert.equal(await enroll(command('enroll', 'a passphrase'), around()), 2, 'never an argument');
  assert.equal(await enroll(command(), around()), 2);
});

test('what is typed through a pipe is not echoed', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const shown = text(output);
  const person = secretive({ input, output });
  input.write('secret words\n');
  assert.deepEqual(await person.askSecret('passphrase', (line) => ok(line)), ok('secret words'));
  person.close();
  output.end();
  assert.equal(await shown, 'passphrase: \n');
});
