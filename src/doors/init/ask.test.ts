import { deepStrictEqual, doesNotMatch, match } from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { err, ok } from '../../core/lang/result.ts';
import { atTerminal } from './ask.ts';

/** What was typed at a terminal, and what stood on it. */
function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = '';
  output.on('data', (piece: Buffer) => (shown += piece.toString('utf8')));
  return { input, output, shown: () => shown };
}

test('a secret is read whole and stands nowhere on the terminal, and what is asked next is shown again', async () => {
  const { input, output, shown } = terminal();
  const person = atTerminal({ input, output });
  const secret = person.askSecret('passphrase', (text) => ok(text));
  input.write('p"\\$ `x\r');
  deepStrictEqual(await secret, { ok: true, value: 'p"\\$ `x' });
  doesNotMatch(shown(), /\\\$|`x/);
  const name = person.ask('name', 'default', (text) => ok(text));
  input.write('alpha\r');
  deepStrictEqual(await name, { ok: true, value: 'alpha' });
  match(shown(), /passphrase: \n[^]*name \[default\]: [^]*alpha/);
  person.close();
});

test('an answer that cannot be read is asked for again, an empty one is the default, and who leaves ends it', async () => {
  const { input, output, shown } = terminal();
  const person = atTerminal({ input, output });
  const number = person.ask('number', '7', (text) => (/^\d+$/.test(text) ? ok(Number(text)) : err('expected digits')));
  input.write('seven\r');
  await new Promise(setImmediate);
  input.write('\r');
  deepStrictEqual(await number, { ok: true, value: 7 });
  match(shown(), /expected digits/);
  const secret = person.askSecret('secret', (text) => ok(text));
  input.write('\u0004');
  const left = await secret;
  match(left.ok ? '' : left.error, /nothing was written/);
});
