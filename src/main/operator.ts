import { callOperator } from '../adapters/operator/client.ts';
import { type Command, parseCommand } from '../doors/operator/command.ts';
import type { Gateway, Reader } from '../doors/operator/gateway.ts';
import { type ExitCode, exits, fail } from '../doors/operator/output.ts';
import { withProof } from '../doors/operator/proof.ts';
import { notHere, type Verb, verbOf } from '../doors/operator/usage.ts';

// The operator's commands. No npm package is loaded, and of ours only what the verb needs: whoever halts is in a hurry.

/** Runs one command; `argv` starts with its verb. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [word = '', ...rest] = argv;
  const voice = { json: rest.includes('--json') };
  const verb = verbOf(word);
  if (verb === undefined) return fail(voice, { code: 'SCHEMA', message: notHere(word), exit: exits.usage });
  // The journal's commands have flags of their own and read them themselves.
  if (verb === 'log' || verb === 'why') return (await import('./log.ts')).journal(verb, rest);
  if (verb === 'init') return (await import('./operator/init.ts')).init(rest);
  if (verb === 'install' || verb === 'uninstall') return (await import('./operator/install.ts')).install(verb, rest);
  if (verb === 'report') return (await import('./report.ts')).report(rest);
  const command = parseCommand(rest);
  if (!command.ok) return fail(voice, { code: 'SCHEMA', message: command.error, exit: exits.usage });
  return run(verb, command.value);
}

async function run(verb: Exclude<Verb, 'log' | 'why' | 'report' | 'init' | 'install' | 'uninstall'>, command: Command): Promise<ExitCode> {
  const gateway: Gateway = withProof(
    (request, timeoutMilliseconds, proof) => callOperator({ home: command.home, request, proof, timeoutMilliseconds }),
    async () => (await import('../doors/operator/secretive.ts')).secretive({ input: process.stdin, output: process.stderr }),
  );
  const reader: Reader = async (question) => (await import('./operator/reading.ts')).askReader(command, question);
  switch (verb) {
    case 'freeze':
    case 'unfreeze':
    case 'flatten':
      return (await import('../doors/operator/single.ts')).single(verb, command, gateway);
    case 'resolve':
      return (await import('../doors/operator/resolve.ts')).resolve(command, gateway);
    case 'halt':
    case 'reduce-only':
    case 'resume':
    case 'reconcile':
      return (await import('../doors/operator/control.ts')).control(verb, command, gateway);
    case 'approve':
    case 'deny':
      return (await import('../doors/operator/judge.ts')).judge(verb, command, gateway);
    case 'alerts':
    case 'ack':
      return (await import('../doors/operator/alerts.ts')).alerts(verb, command, { gateway, reader });
    case 'credentials':
      return (await import('../doors/operator/credentials.ts')).credentials(command, gateway);
    case 'stage':
      return (await import('../doors/operator/stage.ts')).stage(command, { gateway, reader });
    case 'agents':
      return (await import('../doors/operator/agents.ts')).agents(command, { gateway, reader });
    case 'policy': {
      const { readConfiguration } = await import('./operator/home.ts');
      return (await import('../doors/operator/policy.ts')).policy(command, { gateway, declared: readConfiguration(command.home) });
    }
    case 'page':
      return (await import('../doors/operator/page.ts')).page(command, gateway);
    case 'operator':
      if (command.words[0] === 'passkey') return (await import('./operator/passkey.ts')).passkey(command);
      return (await import('./operator/enroll.ts')).enroll(command);
    case 'doctor':
      if (command.asAgent) return (await import('./operator/as-agent.ts')).asAgent(command);
      return (await import('./operator/doctor.ts')).doctor(command, { gateway, reader });
    case 'checklist':
      return (await import('./operator/checklist.ts')).checklist(command, { gateway, reader });
    case 'account':
      if (command.words[0] === 'set-leverage') return (await import('../doors/operator/leverage.ts')).setLeverage(command, gateway);
      return (await import('../doors/operator/look.ts')).look(verb, command, { gateway, reader });
    default:
      return (await import('../doors/operator/look.ts')).look(verb, command, { gateway, reader });
  }
}
