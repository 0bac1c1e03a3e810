import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { visible } from '../../core/lang/visible.ts';
import type { Result } from '../../core/lang/result.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { type ExitCode, exits, fail, out } from '../operator/output.ts';
import { type Accounts, perform } from './perform.ts';
import { type Facts, placesOf, type Plan, planInstall, planUninstall } from './plan.ts';
import { INSTALL_USAGE, parseInstall, type Request, UNINSTALL_USAGE } from './request.ts';
import { describe, type Step } from './step.ts';
import { SERVICE_PATH } from './unit.ts';

/** What of the machine is asked by the process that may. */
export type Surroundings = {
  /** The checkout that is copied, and the Node that goes with it. */
  readonly source: string;
  readonly runtime: string;
  readonly accounts: () => Accounts;
  /** The limits of a home; an error says what is wrong with the file. */
  readonly configurationOf: (home: string) => Result<Configuration>;
  /** The groups by which a user can become root. */
  readonly powersOf: (user: string) => readonly string[];
  /** What somebody else could have changed in what is copied: a clause each. */
  readonly openings: () => readonly string[];
};

type Made = { readonly users: readonly string[]; readonly groups: readonly string[] };
const OPENINGS_SHOWN_MAX = 3;

/** `twokey install`: users, root's copy of the program, a home, and a service. */
export function install(argv: readonly string[], surroundings: Surroundings): ExitCode {
  const voice = { json: argv.includes('--json') };
  const request = parseInstall(argv);
  if (!request.ok) return fail(voice, { code: 'SCHEMA', message: `${request.error}\n${INSTALL_USAGE}`, exit: exits.usage });
  const { service, from } = request.value;
  const refused = unfit(request.value);
  if (refused !== '') return fail(voice, { code: 'UNAVAILABLE', message: refused, exit: exits.failed });
  const { home } = placesOf(service);
  const declaring = existsSync(`${home}/twokey.toml`) ? home : from;
  const declared = declaring === '' ? null : surroundings.configurationOf(declaring);
  if (declared?.ok === false) return fail(voice, { code: 'UNAVAILABLE', message: declared.error, exit: exits.failed });
  const facts: Facts = {
    ...surroundings,
    hasSystemd: hasSystemd(),
    users: surroundings.accounts().users,
    declared: declared === null ? null : { agents: [...declared.value.agents.keys()], environment: declared.value.exchange.environment },
  };
  const plan = planInstall(request.value, facts);
  if (!plan.ok) return fail(voice, { code: 'UNAVAILABLE', message: plan.error, exit: exits.failed });
  const code = performAll(plan.value.steps, request.value, surroundings);
  if (code !== exits.fine || request.value.json) return code;
  const warnings = warningsOf(plan.value, request.value, { facts, surroundings }).map((line) => `⚠ ${visible(line)}`);
  out(`${['', ...warnings, ...nextSteps(request.value, facts, plan.value)].join('\n')}\n`);
  return code;
}

/** `twokey uninstall`: takes away what `install` made, and keeps the home, as root's, unless it is to go. */
export function uninstall(argv: readonly string[], surroundings: Pick<Surroundings, 'accounts'>): ExitCode {
  const voice = { json: argv.includes('--json') };
  const request = parseInstall(argv);
  if (!request.ok) return fail(voice, { code: 'SCHEMA', message: `${request.error}\n${UNINSTALL_USAGE}`, exit: exits.usage });
  const { service, isDry } = request.value;
  const refused = unfit(request.value);
  if (refused !== '') return fail(voice, { code: 'UNAVAILABLE', message: refused, exit: exits.failed });
  const made = madeBy(service);
  const { users } = surroundings.accounts();
  // The service's own end with it where systemd runs it; those of agents are whoever started them's to end.
  const theirs = [...new Set([...made.users, service])].filter((name) => name !== service || !hasSystemd());
  const runs = theirs.flatMap((name) => processesOf(users.find((user) => user.name === name)?.uid));
  if (runs.length > 0 && !isDry) {
    const message = `processes of these users still run: ${runs.join(', ')}; end the gateway and the agents first`;
    return fail(voice, { code: 'UNAVAILABLE', message, exit: exits.failed });
  }
  return performAll(planUninstall(request.value, { hasSystemd: hasSystemd(), made }), request.value, surroundings);
}

/** Why it cannot be done here; empty where it can. */
function unfit({ isDry }: Request): string {
  if (process.platform !== 'linux')
    return `this makes users and a service as Linux has them, and this is ${process.platform}; let the gateway run on a small Linux machine (docs/operate/box.md)`;
  if (!isDry && process.getuid?.() !== 0)
    return 'this makes users and files of root: sudo ./twokey install …, or --dry-run to see every step';
  return '';
}

function performAll(steps: readonly Step[], { service, isDry, json }: Request, { accounts }: Pick<Surroundings, 'accounts'>): ExitCode {
  const rows: { step: string; outcome: string }[] = [];
  for (const step of steps) {
    let outcome = 'planned';
    try {
      if (!isDry) outcome = perform(step, accounts);
    } catch (error) {
      outcome = error instanceof Error ? error.message : 'failed';
      rows.push({ step: describe(step), outcome });
      if (json) out(`${JSON.stringify({ ok: false, dry_run: isDry, steps: rows }, null, 2)}\n`);
      else
        process.stderr.write(
          `✗ ${describe(step)}\n  ${visible(outcome)}\n  what was done before stays; the same command goes on from here\n`,
        );
      return exits.failed;
    }
    // Noted at once: an install that ends in the middle can be taken away too.
    if (outcome === 'done') noteMade(service, step);
    rows.push({ step: describe(step), outcome });
    if (!json) out(`${signs[outcome] ?? '?'} ${describe(step)}\n${isDry && step.kind === 'file' ? indented(step.text) : ''}`);
  }
  if (json) out(`${JSON.stringify({ ok: true, dry_run: isDry, steps: rows }, null, 2)}\n`);
  return exits.fine;
}

const signs: Readonly<Record<string, string>> = { done: '+', was: '=', planned: '·' };

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    | ');
}

function madeBy(service: string): Made {
  const { made } = placesOf(service);
  if (!existsSync(made)) return { users: [], groups: [] };
  const read: unknown = JSON.parse(readFileSync(made, 'utf8'));
  const names = (key: string): readonly string[] => {
    const list = typeof read === 'object' && read !== null ? (read as Record<string, unknown>)[key] : [];
    return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  };
  return { users: names('users'), groups: names('groups') };
}

function noteMade(service: string, step: Step): void {
  if (step.kind !== 'user' && step.kind !== 'group') return;
  const { users, groups } = madeBy(service);
  const made = step.kind === 'user' ? { users: [...users, step.name], groups } : { users, groups: [...groups, step.name] };
  writeFileSync(placesOf(service).made, `${JSON.stringify(made)}\n`, { mode: 0o644 });
}

function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

function processesOf(uid: number | undefined): readonly number[] {
  if (uid === undefined) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid).map(Number);
}

function warningsOf(
  { agents }: Plan,
  { reaches }: Request,
  { facts, surroundings }: { readonly facts: Facts; readonly surroundings: Surroundings },
): readonly string[] {
  const strong = agents.flatMap(({ agent, user }) => [
    ...surroundings
      .powersOf(user)
      .map((group) => `${user} (agent ${agent}) is in the group ${group} and can become root, so that this stays advisory`),
    ...(mayRunAll(user)
      ? [`${user} (agent ${agent}) may use sudo without a password: that is root, so that nothing here keeps it out`]
      : []),
  ]);
  const open = surroundings.openings();
  const copied = open.slice(0, OPENINGS_SHOWN_MAX).map((what) => `what was copied may have been changed before: ${what}`);
  const isOpen = (facts.declared?.environment ?? 'sim') !== 'sim' && reaches.length === 0;
  return [...strong, ...copied, ...(isOpen ? ['the service may speak to every address; --reach NETWORK closes the rest'] : [])];
}

/** Whether sudo asks this user for nothing, as root may ask it. Where there is no sudo it asks nobody. */
function mayRunAll(user: string): boolean {
  try {
    return /NOPASSWD/.test(execFileSync('sudo', ['-n', '-l', '-U', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return false;
  }
}

function nextSteps({ service, isDry, isBox }: Request, { hasSystemd: isManaged }: Facts, { agents }: Plan): readonly string[] {
  if (isDry) return ['nothing was done'];
  const { command, home, program } = placesOf(service);
  const [first] = agents;
  const by = `setpriv --reuid ${service} --regid ${service} --init-groups --no-new-privs --bounding-set -all`;
  const begun = isManaged
    ? [`systemctl status ${service}: how it goes`]
    : [
        'PID 1 is not systemd here: the unit was written and nothing was started. By hand:',
        `  env -i PATH=${SERVICE_PATH} TWOKEY_HOME=${home} ${by} ${program}/twokey up`,
      ];
  const who = isBox
    ? `ssh -T ${first?.user ?? ''}@THIS-MACHINE`
    : `${command} mcp --agent ${first?.agent ?? ''}, run as ${first?.user ?? ''}`;
  return [...begun, `what an agent's client starts: ${who}`, `proof: ${command} doctor --as-agent ${first?.user ?? ''}`];
}
