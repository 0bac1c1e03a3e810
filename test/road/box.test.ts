import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from './harness/eventually.ts';
import { Connected, Installed, noUsers, ran } from './harness/installed.ts';
import { Program } from './harness/program.ts';
import { freePort } from './harness/world.ts';

// `install --box` on one machine that is both ends: a real sshd on loopback, on a port of its own, that this test starts and ends.

const SSHD = '/usr/sbin/sshd';

test('an agent that comes by ssh is handed the shim, whatever it asks for, and can place orders', async (context) => {
  const missing =
    noUsers() ||
    (existsSync(SSHD) ? '' : 'there is no sshd (apt install openssh-server)') ||
    (existsSync('/usr/bin/ssh') ? '' : 'there is no ssh');
  if (missing !== '') return context.skip(missing);
  const agent = `s${process.pid.toString(36)}`;
  const user = `agent-${agent}`;
  const folder = mkdtempSync(join(tmpdir(), 'tk-ssh-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true }));
  const [mine, host] = [join(folder, 'key'), join(folder, 'host')];
  for (const file of [mine, host]) strictEqual(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]).code, 0);

  const place = stack.use(await Installed.prepare('s', [agent]));
  const without = place.install('--box');
  deepStrictEqual([without.code, /--key .*=FILE/.test(without.stderr)], [1, true], without.stderr);
  const installed = place.install('--box', '--key', `${agent}=${mine}.pub`);
  strictEqual(installed.code, 0, installed.stderr);
  await place.up();

  const port = await freePort();
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${host}`,
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    `AllowUsers ${user}`,
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${settings.join('\n')}\n`);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const sshd = stack.use(new Program({ command: SSHD, argv: ['-D', '-e', '-f', join(folder, 'sshd_config')], environment: {} }));
  const where = [
    '-i',
    mine,
    '-p',
    String(port),
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'BatchMode=yes',
  ];
  const reached = `${user}@127.0.0.1`;
  await listening(port);

  const client = stack.use(await Connected.start('ssh', ['-T', ...where, reached]));
  strictEqual((await client.place({ intent_id: 'by-ssh' })).status, 'filled', sshd.stderr);

  for (const argv of [
    ['cat', '/etc/passwd'],
    ['sh', '-c', 'id'],
    [place.command, 'resume'],
  ]) {
    const tried = ran('ssh', ['-T', ...where, reached, ...argv]);
    strictEqual(tried.stdout, '', `${argv.join(' ')} is not run: the shim is, and hears nothing`);
  }
  const terminal = ran('ssh', ['-tt', ...where, reached]);
  match(terminal.stderr, /PTY allocation request failed/);
  const forwarded = await freePort();
  const tunnel = ran('ssh', ['-T', ...where, '-o', 'ExitOnForwardFailure=yes', '-R', `${forwarded}:127.0.0.1:22`, reached]);
  ok(tunnel.code !== 0 && /forwarding failed/.test(tunnel.stderr), tunnel.stderr);
  const files = ran('ssh', ['-s', ...where, reached, 'sftp']);
  strictEqual(files.stdout, '', 'a subsystem is the shim too');

  const stranger = join(folder, 'stranger');
  strictEqual(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]).code, 0);
  const refused = ran('ssh', ['-T', ...where.with(1, stranger), reached]);
  deepStrictEqual([refused.code, /Permission denied/.test(refused.stderr)], [255, true], refused.stderr);
  doesNotMatch(place.shell(user, `echo x >> ~/.ssh/authorized_keys`).stderr, /^$/);
  strictEqual((await client.place({ intent_id: 'after', quantity: '21' })).status, 'filled');
  await client.close();
  await sshd.stop();
});

async function listening(port: number): Promise<void> {
  await eventually('sshd listens', async () => !(await isFreeNow(port)));
}

function isFreeNow(port: number): Promise<boolean> {
  const { connect } = process.getBuiltinModule('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
