import type { Notice } from '../../core/alert/notice.ts';
import { sinksOf } from '../../core/alert/sinks.ts';
import { type Alerts, isAddress, type Sink } from '../../core/policy/alerts-section.ts';
import type { Notifier, Told } from '../../ports/notifier.ts';
import { runCommand } from './command.ts';
import { postJson } from './webhook.ts';

export type NotifierSettings = {
  readonly alerts: Ways;
  /** The values of `[alerts.secrets]`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where the operator's page is reached; empty where that is not said. Alerts lead there, and nothing is done by following them. */
  readonly page?: string;
  /** Where a sink of kind `log` writes a line. */
  readonly log: (line: string) => void;
};

type Ways = Pick<Alerts, 'sinks' | 'pulseUrl'>;

/** `use`: other ways hold. One that was taken away is kept as long as this lives, because it is still owed that this was done. */
export type ChangingNotifier = Notifier & { readonly use: (alerts: Ways) => void };

/** The sinks that hold, and the pulse. */
export function createNotifier({ alerts, secrets, log, page = '' }: NotifierSettings): ChangingNotifier {
  const sinks = new Map(sinksOf(alerts));
  let { pulseUrl } = alerts;
  return {
    tell: (name, notice) => {
      const sink = sinks.get(name);
      return sink === undefined ? failed('no such sink in the file') : tell(sink, withLink(notice, page), { secrets, log });
    },
    pulse: (pulse) => (pulseUrl === '' ? told : postJson({ url: pulseUrl, body: JSON.stringify(pulse) })),
    use: (next) => {
      for (const [name, sink] of sinksOf(next)) sinks.set(name, sink);
      ({ pulseUrl } = next);
    },
  };
}

/** An order that waits has a place of its own on the page. The link holds nothing by which anybody enters. */
function withLink(notice: Notice, page: string): Notice {
  if (page === '') return notice;
  const link = `${page}/#${notice['code'] === 'APPROVAL_ASKED' ? 'approvals' : 'alerts'}`;
  return { ...notice, page: link, text: `${notice.text}\npage: ${link}` };
}

/** What keeps a sink from ever working, with the fix; none where all is well. Names a secret, never its value. */
export function sinkFaults({ sinks }: Pick<Alerts, 'sinks'>, secrets: NotifierSettings['secrets']): readonly string[] {
  return sinks.flatMap((sink) => {
    if (sink.kind !== 'webhook' && sink.kind !== 'command' && sink.kind !== 'log')
      return [`[[alerts.sinks]] of kind "${sink.kind}" are read and not delivered to in this version; use webhook, command or log`];
    if (sink.kind !== 'webhook' || sink.address.kind === 'url') return [];
    const { secret } = sink.address;
    const value = secrets[secret];
    if (value === undefined) return [`a sink needs ${secret} = "https://…" under [alerts.secrets] of credentials.toml, which is not there`];
    return isAddress(value) ? [] : [`${secret} under [alerts.secrets] of credentials.toml is no address that starts with https://`];
  });
}

const told: Promise<Told> = Promise.resolve({ kind: 'told' });

function failed(cause: string): Promise<Told> {
  return Promise.resolve({ kind: 'failed', cause });
}

function tell(sink: Sink, notice: Notice, { secrets, log }: Pick<NotifierSettings, 'secrets' | 'log'>): Promise<Told> {
  switch (sink.kind) {
    case 'log':
      log(notice.text.split('\n').join(' | '));
      return told;
    case 'command':
      return runCommand({ command: sink.command, input: JSON.stringify(notice) });
    case 'webhook': {
      const { address } = sink;
      const url = address.kind === 'url' ? address.url : secrets[address.secret];
      return url === undefined
        ? failed('its address is not among [alerts.secrets] of credentials.toml')
        : postJson({ url, body: JSON.stringify(notice) });
    }
    default:
      return failed(`sinks of kind ${sink.kind} are not part of this version`);
  }
}
