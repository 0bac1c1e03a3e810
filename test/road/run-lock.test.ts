import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { acquireRunLock } from '../../src/adapters/lock/run-lock.ts';

const HOLDER = `
  import { acquireRunLock } from ${JSON.stringify(new URL('../../src/adapters/lock/run-lock.ts', import.meta.url).href)};
  const attempt = () => {
    const lock = acquireRunLock(process.argv[1], 1_000);
    return lock.ok ? 'held' : lock.error;
  };
  const said = attempt();
  setTimeout(() => {
    // Whoever holds the lock need not mention it again.
    globalThis.gc();
    process.stdout.write(said);
    if (said === 'held') setInterval(() => undefined, 1_000);
  }, 1);
`;

const started = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of started) await end(child, 'SIGKILL');
  started.clear();
});

/** A process of its own that tries to take the lock, and what it said. It stays alive while it holds it. */
async function startHolder(path: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', HOLDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.add(child);
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    break;
  }
  return { child, said };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function inFolder(prove: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-lock-'));
  try {
    await prove(join(folder, 'run', 'lock.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a second process on the same home is refused and told who runs, and a SIGKILL frees the home at once', async () => {
  await inFolder(async (path) => {
    const first = await startHolder(path);
    assert.equal(first.said, 'held');
    const second = await startHolder(path);
    assert.match(
      second.said,
      new RegExp(`another twokey runs on this home \\(process ${first.child.pid}\\): stop it first, or use another --home`),
    );
    assert.equal(acquireRunLock(path, 2_000).ok, false);

    await end(first.child, 'SIGKILL');
    assert.ok(existsSync(join(path, '..', 'lock.json')), 'the dead holder left its note behind');
    assert.equal((await startHolder(path)).said, 'held');
  });
});

test('a lock given back can be taken again, and files left behind mean nothing', async () => {
  await inFolder(async (path) => {
    const first = acquireRunLock(path, 1_000);
    assert.ok(first.ok);
    assert.equal(acquireRunLock(path, 1_000).ok, false);
    first.value.release();
    first.value.release();
    writeFileSync(join(path, '..', 'lock.json'), '{"pid":1}');
    const second = acquireRunLock(path, 1_000);
    assert.ok(second.ok);
    second.value.release();
  });
});

test('a lock file that is no lock file is refused with what to do', async () => {
  await inFolder(async (path) => {
    const first = acquireRunLock(path, 1_000);
    assert.ok(first.ok);
    first.value.release();
    writeFileSync(path, 'not a database, '.repeat(300));
    const second = acquireRunLock(path, 1_000);
    assert.equal(second.ok, false);
    assert.match(second.error, /remove the file/);
  });
});
