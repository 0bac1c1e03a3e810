import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lookAtIsolation } from '../../src/adapters/isolation/look.ts';
import { eventually } from './harness/eventually.ts';
import { Connected, Installed, noUsers, ran } from './harness/installed.ts';
import { World } from './harness/world.ts';
import { descendants, isAlive } from './harness/program.ts';

// Two agents with users of their own against a gateway with its own: everything here is what the system refuses or allows, and nothing is played.

type Checked = {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly detail: string }[];
};

test('where gateway and agent are one user, status, journal and doctor say that it is advisory, why, and what to do', async () => {
  await using world = await World.create({ agents: ['alpha'] });
  await world.up();
  const status = await world.run(['status']);
  match(status.stdout, /^isolation +ADVISORY: .*agent alpha has no user of its own.* → twokey install/m);
  const said = JSON.parse((await world.run(['status', '--json'])).stdout) as { readonly isolation: { readonly mode: string } };
  strictEqual(said.isolation.mode, 'advisory');
  match((await world.run(['log'])).stdout, /start 1 of .*, ADVISORY: .*agent alpha has no user of its own/);
  const tried = await world.run(['doctor', '--as-agent', '--json']);
  strictEqual(tried.code, 1);
  const worked = (JSON.parse(tried.stdout) as Checked).checks.filter(({ status: verdict }) => verdict === 'failed').map(({ name }) => name);
  for (const name of ['read keys and tokens', 'change limits', 'read memories', 'kill, or open a debugger', 'speak as the operator'])
    ok(worked.includes(name), name);
  deepStrictEqual((await world.run(['status'])).code, 0, 'the attacks left it as it was');
});

test('an agent with a user of its own can ask by its socket, and do nothing else to the gateway', async (context) => {
  const missing = noUsers();
  if (missing !== '') return context.skip(missing);
  const id = process.pid.toString(36);
  const [one, two] = [`a${id}`, `b${id}`];
  const [user, other] = [`agent-${one}`, `agent-${two}`];
  await using place = await Installed.prepare('i', [one, two]);
  const { home, program, service } = place;

  const planned = place.install('--dry-run');
  strictEqual(planned.code, 0, planned.stderr);
  match(planned.stdout, /NoNewPrivileges=yes[\s\S]*IPAddressDeny=any\n.*IPAddressAllow=localhost/);
  ok(![home, program, place.command].some((path) => existsSync(path)), 'a plan makes nothing');

  const installed = place.install();
  strictEqual(installed.code, 0, installed.stderr);
  const again = place.install();
  deepStrictEqual(
    again.stdout.split('\n').filter((line) => line.startsWith('+')),
    [],
    'what is there is not made twice',
  );
  const unit = `/etc/systemd/system/${service}.service`;
  strictEqual(statSync(unit).mode & 0o777, 0o644);
  if (existsSync('/usr/bin/systemd-analyze')) doesNotMatchAny(ran('systemd-analyze', ['verify', unit]).stderr, service);

  const gateway = await place.up();
  await using agent = await place.agent(user, one);
  const bought = await agent.place({ intent_id: 'first' });
  deepStrictEqual([bought.status, bought.verification === 'divergent'], ['filled', false], JSON.stringify(bought));

  await context.test('status, journal and doctor say that it is isolated, and by whom', () => {
    const said = `${one} is ${user}; ${two} is ${other}`;
    match(place.as(service, 'status').stdout, new RegExp(`isolation +isolated: ${said}`));
    match(place.as(service, 'log').stdout, new RegExp(`start 1 .*, isolated: ${said}`));
    const doctor = JSON.parse(place.as(service, 'doctor', '--json').stdout) as Checked;
    deepStrictEqual(
      doctor.checks.filter(({ name }) => name === 'isolation').map(({ status }) => status),
      ['ok'],
    );
    const list = JSON.parse(place.as(service, 'checklist', '--json').stdout) as { items: Checked['checks'] };
    strictEqual(list.items.find(({ name }) => name.startsWith('limits outside'))?.status, 'ok');
  });

  await context.test('doctor, as an agent, tries every attack and each is refused', () => {
    const tried = place.as(user, 'doctor', '--as-agent', '--json');
    const { checks, ...said } = JSON.parse(tried.stdout) as Checked;
    deepStrictEqual([tried.code, said.ok], [0, true], tried.stdout);
    strictEqual(checks.length, 15);
    const byRoot = ran(place.command, ['doctor', '--as-agent', other, '--json']);
    deepStrictEqual([byRoot.code, (JSON.parse(byRoot.stdout) as Checked).ok], [0, true], byRoot.stdout);
  });

  await context.test('the same attacks succeed for the gateway’s own user, so that they are attacks', () => {
    const tried = place.as(service, 'doctor', '--as-agent', '--json');
    strictEqual(tried.code, 1);
    const worked = (JSON.parse(tried.stdout) as Checked).checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
    deepStrictEqual(worked, [
      'read keys and tokens',
      'read the journal',
      'change the journal',
      'remove HALT, replace files',
      'replace a socket',
      'read environments',
      'read memories',
      'kill, or open a debugger',
      'change code, runtime, service, PATH',
      'speak as the operator',
    ]);
  });

  await context.test('by hand it is refused too, and the gateway goes on', async () => {
    const pids = [gateway.pid, ...descendants(gateway.pid)];
    for (const script of [
      `cat ${home}/credentials.toml`,
      `cat ${home}/run/operator.token`,
      `cat ${home}/state/journal.db`,
      `ls ${home}/run`,
      `echo '[policy]' >> ${home}/twokey.toml`,
      `rm -f ${home}/run/agent-${one}.sock`,
      `mv ${home}/run ${home}/gone`,
      `echo x > ${program}/src/main/up.ts`,
      `echo x > ${program}/node_modules/node/bin/node`,
      ...pids.flatMap((pid) => [`kill -KILL ${pid}`, `kill -USR1 ${pid}`, `cat /proc/${pid}/environ`, `head -c 1 /proc/${pid}/mem`]),
      ...['resume', 'reconcile', 'halt', 'policy apply', `agents add zed`].map((verb) => `${place.command} ${verb}`),
      `echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | ${place.command} mcp --agent ${two}`,
    ]) {
      const tried = place.shell(user, script);
      ok(
        tried.code !== 0 && /denied|not permitted|not reachable|EACCES|cannot/i.test(tried.stderr + tried.stdout),
        `${script}\n${tried.stderr}`,
      );
    }
    ok(pids.every((pid) => isAlive(pid)));
    strictEqual((await agent.place({ intent_id: 'second', quantity: '21' })).status, 'filled');
  });

  await context.test(
    'an agent in a container that is given the folder of sockets alone asks by its own, and finds nothing else',
    async () => {
      const group = `${service}-${one}`;
      const inside = (script: string) => place.contained({ user, group, script });
      const seen = ran(
        'unshare',
        inside('ls /twokey; ls /twokey/run; ls /var/lib; ls /proc; cat /twokey/run/operator.token; echo > /twokey/run/x; true'),
      );
      strictEqual(seen.stdout, 'run\n', seen.stderr);
      strictEqual(seen.stderr.match(/Permission denied|No such file|Read-only/g)?.length, 5, seen.stderr);
      await using contained = await Connected.start('unshare', inside(`TWOKEY_HOME=/twokey exec /program/twokey mcp --agent ${one}`));
      strictEqual((await contained.place({ intent_id: 'contained', quantity: '22' })).status, 'filled');
      await contained.close();
    },
  );

  await context.test('one thing that others can change, or an agent that nobody knows, makes it advisory', () => {
    const runtime = join(program, 'node_modules/node/bin/node');
    const look = (agents: readonly string[], named: readonly string[] = []) =>
      lookAtIsolation({ home, install: program, runtime, searchPath: '/usr/bin:/bin', agents, named, looks: 'everywhere' });
    strictEqual(look([one, two]).kind, 'isolated');
    const unknown = look([one, 'nobody']);
    match(unknown.kind === 'advisory' ? unknown.reasons.join() : '', /agent nobody has no user of its own/);
    const file = join(program, 'src/main/up.ts');
    chmodSync(file, 0o664);
    const open = look([one, two]);
    chmodSync(file, 0o644);
    deepStrictEqual(open, { kind: 'advisory', reasons: [`others than its owner can write to ${file}`] });
    const script = join(`/var/lib/${service}-agents`, one, 'notify.sh');
    strictEqual(place.shell(user, `touch ${script}`).code, 0);
    match(JSON.stringify(look([one, two], [script])), /notify\.sh belongs to user/);
    strictEqual(ran('usermod', ['--append', '--groups', `${service}-${two}`, user]).code, 0);
    strictEqual(look([one, two]).kind, 'isolated', 'one that is two users is still none of the gateway');
    strictEqual(ran('gpasswd', ['--delete', user, `${service}-${two}`]).code, 0);
    strictEqual(ran('usermod', ['--append', '--groups', 'sudo', user]).code, 0);
    const strong = look([one, two]);
    match(strong.kind === 'advisory' ? strong.reasons.join() : '', /in the group sudo, which can become root/);
    strictEqual(ran('gpasswd', ['--delete', user, 'sudo']).code, 0);
  });

  await context.test('uninstall waits for the end of the gateway, and leaves the journal to root', async () => {
    const early = place.uninstall();
    deepStrictEqual([early.code, /still run/.test(early.stderr)], [1, true], early.stderr);
    await agent.close();
    await gateway.stop();
    // What was told to end takes a moment to be gone from the list of processes.
    await eventually('uninstall is done', () => {
      const done = place.uninstall();
      if (done.code !== 0) throw new Error(done.stderr);
      return true;
    });
    ok(![program, place.command, unit].some((path) => existsSync(path)));
    doesNotMatchAny(readFileSync('/etc/passwd', 'utf8') + readFileSync('/etc/group', 'utf8'), service, user, other);
    const { uid, mode } = statSync(home);
    deepStrictEqual([uid, mode & 0o777, statSync(join(home, 'state/journal.db')).uid], [0, 0o700, 0]);
  });

  await context.test('an install after it goes on with the same journal', async () => {
    strictEqual(place.install().code, 0);
    await place.up();
    await using back = await place.agent(user, one);
    strictEqual((await back.call('get_intent', { intent_id: 'first' })).status, 'filled');
  });
});

test('live takes no key from where an agent can read it, and says by which way and what to do', async (context) => {
  const missing = noUsers();
  if (missing !== '') return context.skip(missing);
  const id = process.pid.toString(36);
  const [one, two] = [`a${id}`, `b${id}`];
  const user = `agent-${one}`;
  await using place = await Installed.prepare('k', [one, two]);
  const { service } = place;
  strictEqual(place.install().code, 0);
  const live = `/var/lib/${service}/live`;
  mkdirSync(live, { mode: 0o711 });
  const key = join(live, 'key');
  const limits = (line: string): string =>
    `[exchange]\nenvironment = "live"\n${line}\n[approval]\nabove = "never"\n[[alerts.sinks]]\nkind = "ntfy"\nurl = "https://ntfy.sh/x"\n[agents.${one}]\n[agents.${two}]\n`;
  const begun = (line: string, variables = ''): string => {
    writeFileSync(join(live, 'twokey.toml'), limits(line));
    writeFileSync(key, 'x', { mode: 0o644 });
    ran('chown', ['-R', `${service}:${service}`, live]);
    // With a word after it the shell stays, and with it what it was told.
    return place.shell(service, `${variables} ${place.command} up --home ${live}; exit $?`).stderr;
  };
  const command = `credentials_command = ["/bin/cat", "${key}"]`;
  const told = `${user}, an agent's user, can read ${key}, which credentials_command is told; where the key is in it, run chmod 600 ${key}`;
  match(begun(command), new RegExp(`key that an agent can read:\\n${told}`));
  const file = `credentials_file = "${key}"`;
  match(begun(file), new RegExp(`key that an agent can read:\\n${user}, an agent's user, can read ${key}; run chmod 600 ${key}`));
  const shown = begun('', 'OKX_API_KEY=a OKX_API_SECRET=CANARY OKX_PASSPHRASE=c');
  match(shown, /the key stands in the command line of process \d+, which every user can read; lay the key into credentials\.toml/);
  doesNotMatchAny(shown, 'CANARY');
  match(begun(''), /live does not start while these items of twokey checklist are red/, 'a source that is closed is not refused');
});

function doesNotMatchAny(text: string, ...words: readonly string[]): void {
  for (const word of words) ok(!text.includes(word), `${word} in: ${text.slice(0, 500)}`);
}
