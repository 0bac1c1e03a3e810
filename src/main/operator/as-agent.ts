import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Accounts, namesIn, readAccounts } from '../../adapters/isolation/accounts.ts';
import { powersOf } from '../../adapters/isolation/look.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { doctorAsAgent, type Target } from '../../doors/checkup/as-agent.ts';
import { placesOf } from '../../doors/install/plan.ts';
import { SERVICE_PATH } from '../../doors/install/unit.ts';
import type { Command } from '../../doors/operator/command.ts';
import { type ExitCode, exits, fail } from '../../doors/operator/output.ts';

const install = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

/** `twokey doctor --as-agent [USER]`: run by that user, or by root, who becomes that user before anything is tried. */
export async function asAgent(command: Command): Promise<ExitCode> {
  const target = targetOf(command);
  if (!target.ok) return fail(command, { code: 'UNAVAILABLE', message: target.error, exit: exits.failed });
  return doctorAsAgent(command, target.value);
}

function targetOf({ home, words }: Command): Result<Target> {
  if (process.platform !== 'linux') return err(`users are only looked at on Linux, and this is ${process.platform}`);
  const accounts = readAccounts();
  const status = statSync(home, { throwIfNoEntry: false });
  const service = accounts.users.find(({ uid }) => uid === status?.uid);
  if (service === undefined) return err(`there is no home at ${home}, or nobody whom it belongs to; name one with --home`);
  const became = become(words, accounts);
  if (!became.ok) return became;
  const user = became.value;
  const groups = accounts.groups.filter(({ name }) => name.startsWith(`${service.name}-`));
  const agentOf = (name: string): string => name.slice(service.name.length + 1);
  const isIn = (name: string): boolean => groups.some((group) => group.name === name && namesIn(accounts, group).includes(user));
  const { unit, command } = placesOf(service.name);
  const runtime = realpathSync(process.execPath);
  return ok({
    home,
    install,
    // What Node compiled is code as well as what it was compiled from.
    trees: ['bin', 'src', 'node_modules', '.cache'].map((name) => join(install, name)).filter((path) => existsSync(path)),
    rests: [runtime, join(install, 'package.json'), unit, `${unit}.d`, dirname(unit), command, ...SERVICE_PATH.split(':')],
    user,
    service: service.name,
    processes: processesOf(service.uid),
    own: groups.filter(({ name }) => isIn(name)).map(({ name }) => agentOf(name)),
    others: groups.filter(({ name }) => !isIn(name)).map(({ name }) => agentOf(name)),
    powers: powersOf(user, accounts),
  });
}

/** From here on this process is that user, in every group of his and with no way back. @returns his name. */
function become(words: readonly string[], accounts: Accounts): Result<string> {
  const [name = userInfo().username] = words;
  const user = accounts.users.find((each) => each.name === name);
  if (words.length > 1 || user === undefined) return err(`expected doctor --as-agent USER, with a user of this machine`);
  if (user.uid === process.getuid?.()) return ok(name);
  if (process.getuid?.() !== 0) return err(`only root can try as ${name}: sudo, or run it as ${name}`);
  process.setgroups?.(accounts.groups.filter((group) => namesIn(accounts, group).includes(name)).map(({ gid }) => gid));
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
  return ok(name);
}

/** The programs of twokey that a user runs, as everybody can see. */
function processesOf(uid: number): Target['processes'] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        if (statSync(`/proc/${name}`).uid !== uid) return [];
        const said = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        const what = /bin\/twokey\.js\0(up|sim|watch)/.exec(said)?.[1] ?? /src\/main\/([\w/]+)\.ts/.exec(said)?.[1];
        return what === undefined ? [] : [{ pid: Number(name), what: what === 'up' ? 'gateway' : what }];
      } catch {
        return [];
      }
    });
}
