import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/lang/result.ts';

export type Credential = { readonly kind: 'plain' | 'encrypted'; readonly path: string };

/** One command line of `install` or `uninstall`, read. */
export type Request = {
  /** The name of the service, of its user, and of the command. */
  readonly service: string;
  /** The user of each agent that was named; empty: one is made. */
  readonly agents: ReadonlyMap<string, string>;
  /** The file with the public ssh key of each agent that comes from another machine. */
  readonly keys: ReadonlyMap<string, string>;
  readonly isBox: boolean;
  /** A home whose files are taken over; empty: none. */
  readonly from: string;
  readonly reaches: readonly string[];
  /** What systemd hands to the service as its key: a file of root's, as it is or encrypted by systemd-creds. */
  readonly credential: Credential | null;
  readonly isDry: boolean;
  /** Removes the journal and the keys too. */
  readonly purges: boolean;
  readonly json: boolean;
};

export const INSTALL_USAGE =
  'usage: twokey install [--agent NAME[=USER]]… [--from HOME] [--reach NETWORK]… [--credential FILE | --encrypted-credential FILE] [--box --key NAME=FILE…] [--name SERVICE] [--dry-run]';
export const UNINSTALL_USAGE = 'usage: twokey uninstall [--purge] [--name SERVICE] [--dry-run]';

const NAME_CHARACTERS_MAX = 32;

export function parseInstall(argv: readonly string[]): Result<Request> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        name: { type: 'string' },
        agent: { type: 'string', multiple: true },
        key: { type: 'string', multiple: true },
        box: { type: 'boolean' },
        from: { type: 'string' },
        reach: { type: 'string', multiple: true },
        credential: { type: 'string' },
        'encrypted-credential': { type: 'string' },
        'dry-run': { type: 'boolean' },
        purge: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }));
  } catch (error) {
    return err(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
  const service = values.name ?? 'twokey';
  if (!/^[a-z][a-z0-9]{1,15}$/.test(service)) return err('expected --name as 2 to 16 of a-z and 0-9, a letter first');
  const agents = pairsOf(values.agent ?? []);
  const keys = pairsOf(values.key ?? []);
  for (const [agent, user] of agents) {
    if (!/^[a-z0-9-]{1,32}$/.test(agent)) return err(`expected --agent NAME or NAME=USER, with NAME as in [agents.NAME]: ${agent}`);
    if (user !== '' && !/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) return err(`${user} is no name of a user`);
  }
  const odd = (values.reach ?? []).find((network) => !/^[0-9a-fA-F.:/]{2,50}$/.test(network));
  if (odd !== undefined) return err(`expected --reach as an address or a network such as 192.0.2.0/24: ${odd}`);
  const { credential: plain, 'encrypted-credential': encrypted } = values;
  if (plain !== undefined && encrypted !== undefined) return err('expected --credential or --encrypted-credential, and not both');
  const path = encrypted ?? plain;
  // A unit reads % and : in its own way, and a line ends where the path would.
  if (path !== undefined && !/^\/[\w./@+-]{1,200}$/.test(path))
    return err(`expected the full path of a file, of letters, digits and . _ / @ + -: ${path}`);
  if (keys.size > 0 && values.box !== true) return err('--key is for agents that come by ssh: add --box');
  return ok({
    service,
    agents,
    keys,
    isBox: values.box === true,
    from: values.from ?? '',
    reaches: values.reach ?? [],
    credential: path === undefined ? null : { kind: encrypted === undefined ? 'plain' : 'encrypted', path },
    isDry: values['dry-run'] === true,
    purges: values.purge === true,
    json: values.json === true,
  });
}

/** The group whose members reach the socket of an agent. The system takes no longer name. */
export function groupFor(service: string, agent: string): Result<string> {
  const name = `${service}-${agent}`;
  if (name.length <= NAME_CHARACTERS_MAX) return ok(name);
  return err(`the group ${name} would have ${name.length} characters of at most ${NAME_CHARACTERS_MAX}; give the agent a shorter name`);
}

function pairsOf(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const [name = '', ...rest] = word.split('=');
      return [name, rest.join('=')] as const;
    }),
  );
}
