import { deepStrictEqual, doesNotMatch, match, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fetchInto } from './fetch.ts';
import { keyProgram } from './sources.ts';

const top = mkdtempSync(join(tmpdir(), 'twokey-fetch-'));
after(() => rmSync(top, { recursive: true }));
let programs = 0;

/** A program of this name that does what a script says. */
function program(name: 'secret-tool' | 'security', script: string): string {
  programs += 1;
  const folder = join(top, String(programs));
  mkdirSync(folder);
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return join(folder, name);
}

/** What the reading process was given, and what went wrong. */
async function fetched(path: string, more: { readonly millisecondsMax?: number; readonly signal?: AbortSignal } = {}) {
  const source = keyProgram({ profile: 'demo', credentials: { kind: 'keyring', program: path } });
  if (source === undefined) throw new Error('no program');
  const reader = spawn('/bin/cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  let given = '';
  reader.stdout.on('data', (piece: Buffer) => (given += piece.toString()));
  const read = new Promise((resolve) => reader.stdout.once('close', resolve));
  const wrong = await fetchInto(reader.stdin as Socket, source, { signal: new AbortController().signal, folder: top, ...more });
  await read;
  return { given, wrong };
}

test('a keyring is asked for the item of twokey and the profile, without a shell, and gives the key to the one who reads', async () => {
  const asks = `printf '%s,' "$@" > "$0.asked"; pwd > "$0.in"; printf 'api_key = 1'`;
  const tool = program('secret-tool', asks);
  deepStrictEqual(await fetched(tool), { given: 'api_key = 1', wrong: null });
  strictEqual(readFileSync(`${tool}.asked`, 'utf8'), 'lookup,service,twokey,profile,demo,');
  strictEqual(readFileSync(`${tool}.in`, 'utf8').trim(), realpathSync(top));
  const keychain = program('security', asks);
  deepStrictEqual(await fetched(keychain), { given: 'api_key = 1', wrong: null });
  strictEqual(readFileSync(`${keychain}.asked`, 'utf8'), 'find-generic-password,-s,twokey,-a,demo,-w,');
});

test('an item that is not there, and a program that is not, are told with what to do, and nothing that the program said', async () => {
  const missing = await fetched(program('secret-tool', 'echo CANARY >&2; exit 1'));
  match(
    missing.wrong ?? '',
    /^the keyring \(.*secret-tool, .*\) gave no key \(exit code 1\); .*store --label=twokey service twokey profile demo/,
  );
  doesNotMatch(missing.wrong ?? '', /CANARY/);
  match((await fetched(program('security', 'exit 44'))).wrong ?? '', /exit code 44\); unlock the keychain/);
  const absent = await fetched(join(top, 'nowhere', 'secret-tool'));
  match(absent.wrong ?? '', /cannot be started; install it \(Debian, Ubuntu: libsecret-tools\).*systemd credentials or credentials\.toml/);
});

test('a keyring that waits for a person is waited for so long and no longer, and the program is ended', async () => {
  const tool = program('secret-tool', 'echo $$ > "$0.pid"; exec sleep 600');
  const locked = await fetched(tool, { millisecondsMax: 1_000 });
  match(locked.wrong ?? '', /did not answer within 1 s and may wait for a person; .*unlock the keyring/);
  strictEqual(existsSync(`/proc/${readFileSync(`${tool}.pid`, 'utf8').trim()}`), false);
});

test('a program that nobody waits for any more is ended, and that is nobody’s mistake', async () => {
  const gone = new AbortController();
  const fetching = fetched(program('secret-tool', 'exec sleep 600'), { signal: gone.signal });
  gone.abort();
  strictEqual((await fetching).wrong, null);
});

test('a program that the system refuses to start at once is told like one that is not there, and nothing is thrown', async () => {
  const tool = program('secret-tool', 'exit 0');
  // A file where a folder should be: the system says so before there is a process.
  const { given, wrong } = await fetched(join(tool, 'secret-tool'));
  strictEqual(given, '');
  match(wrong ?? '', /^the keyring \(.*\) cannot be started; /);
});
