import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../road/harness/eventually.ts';
import { ran } from '../road/harness/installed.ts';
import { World } from '../road/harness/world.ts';
import type { Attack, Target, Verdict } from './attack.ts';
import { done, type Script } from './shell.ts';
import { ALPHA } from './victim.ts';

// What is asked of a whole gateway: to run twice, to leave a token behind, and to call itself isolated where it is not.

/** For the first gateway to notice the second, or to go on beside it. */
const NOTICE_MILLISECONDS = 15_000;

export const gatewayAttacks: readonly Attack[] = [
  {
    name: 'removes the lock of a home, and has two gateways trade on one journal',
    adversary: 'a process of the same user that is no shell of an agent',
    asset: 'the account’s money',
    control: 'what is on disk is compared before each write, and a stranger’s entry ends the gateway',
    modes: 'one user',
    plant: {
      file: 'src/engine/engine.ts',
      from: 'this.#fatal(`another process wrote to the journal (entry ${appended.head.seq})`);\n          return;',
      to: `{
            const onTop = await store.append(appended.head, seal(appended.head, drafts));
            if (onTop.kind === 'appended') this.#head = onTop.head;
          }
          break;`,
    },
    attempt: async ({ root }) => {
      await using world = await World.create({ checkout: root });
      await world.startExchange();
      const first = await world.up();
      const agent = await world.agent();
      await agent.place({ intent_id: 'one' });
      for (const name of ['lock.db', 'lock.json']) rmSync(join(world.home, 'run', name), { force: true });
      await world.up();
      // By the connection that it has, this agent still asks the first.
      const { status } = await agent.place({ intent_id: 'two', quantity: '21' });
      await Promise.race([first.exited, pause(NOTICE_MILLISECONDS)]);
      const saw = first.running ? `both run, and the second order is ${status ?? 'unknown'}` : `the first ended: ${first.stderr.trim()}`;
      return { succeeded: first.running, saw };
    },
  },
  {
    name: 'searches the whole home and all that was printed for the token of an agent',
    adversary: 'whoever finds a token of an agent, or had one',
    asset: 'the account’s money',
    control: 'a token stands on no disk (its SHA-256 does), is in no log',
    modes: 'one user',
    plant: {
      file: 'src/main/answering.ts',
      from: "tokenHash: token === '' ? '' : digest(token), reason });",
      to: "tokenHash: token === '' ? '' : digest(token), reason: `${reason} ${token}` });",
    },
    attempt: async ({ root }) => {
      await using world = await World.create({ checkout: root });
      const gateway = await world.up();
      const token = String((await world.read('agents', 'add', 'gamma', '--reason', 'one more'))['token']);
      if (!/^twokey_.{40}/.test(token)) throw new Error(`no token was drawn: ${token}`);
      const found = ran('grep', ['-rlaF', token, world.home]).stdout.trim();
      const printed = `${gateway.stdout}${gateway.stderr}`.includes(token) ? 'what the gateway printed' : '';
      return { succeeded: `${found}${printed}` !== '', saw: `${found}${printed}` === '' ? 'it is nowhere' : `in ${found}${printed}` };
    },
  },
  {
    name: 'can change the code, and the gateway calls itself isolated',
    adversary: 'an agent with a shell, as a user of its own',
    asset: 'the limits and the mode',
    control: 'twokey finds out who can change it, and says advisory where others can',
    modes: 'two users',
    plant: {
      file: 'src/adapters/isolation/openings.ts',
      from: 'const isOpen = (status.mode & 0o022) !== 0 &&',
      to: 'const isOpen = (status.mode & 0) !== 0 &&',
    },
    attempt: (target) =>
      calledIsolated(target, {
        open: ({ program }) => `chmod 666 ${program}/src/main/up.ts`,
        close: ({ program }) => `chmod 644 ${program}/src/main/up.ts`,
      }),
  },
  {
    name: 'can become root by sudo, and the gateway calls itself isolated',
    adversary: 'an agent with a shell, as a user of its own',
    asset: 'the limits and the mode',
    control: 'twokey finds out who can become root, and says advisory where an agent can',
    modes: 'two users',
    plant: {
      file: 'src/adapters/isolation/look.ts',
      from: "'root sudo wheel",
      to: "'root wheel",
    },
    missing: () => (ran('getent', ['group', 'sudo']).code === 0 ? '' : 'there is no group sudo'),
    attempt: (target) =>
      calledIsolated(target, {
        open: () => `usermod --append --groups sudo agent-${ALPHA}`,
        close: () => `gpasswd --delete agent-${ALPHA} sudo`,
      }),
  },
];

/** What a gateway says of itself that starts where something is open. */
async function calledIsolated(
  { victim: find }: Target,
  { open, close }: { readonly open: Script; readonly close: Script },
): Promise<Verdict> {
  const victim = await find();
  done(victim.owner(open(victim)));
  try {
    await victim.restart();
    const [saw = ''] = victim
      .operator('status')
      .stdout.split('\n')
      .filter((line) => line.startsWith('isolation'));
    return { succeeded: / isolated:/.test(saw), saw };
  } finally {
    done(victim.owner(close(victim)));
    await victim.restart();
  }
}
