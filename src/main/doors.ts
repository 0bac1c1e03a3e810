import './doors/signals.ts';
import packageFile from '../../package.json' with { type: 'json' };
import type { ToDoors } from '../core/channel.ts';
import { startPageAsking } from '../doors/http/page/asking.ts';
import { startAsking, type Asking } from '../doors/mcp/asking.ts';
import { Ways } from '../doors/ways.ts';
import { openPipe } from './doors/pipe.ts';

// The doors: started by the gateway, holding nothing but connections. Every package that an agent's bytes pass through lives
// here, so that the worst one can ask, and can lie to its own agent, and nothing more.

// Sockets are for this user alone, from the moment they exist.
process.umask(0o177);
// A signal meant for the gateway reaches its children too; the gateway says when to go.
process.on('SIGINT', () => {});

let asking: Asking | undefined;
let pageAsking: ReturnType<typeof startPageAsking> | undefined;
let ways: Promise<Ways> | undefined;
const send = openPipe((message) => {
  switch (message.kind) {
    case 'start':
      ways = start(message);
      ways.catch(fail);
      return;
    case 'agents':
      ways?.then((open) => open.setAgents(message.agents)).catch(fail);
      return;
    case 'answer':
      asking?.answered(message);
      return;
    case 'page_answer':
      pageAsking?.answered(message);
      return;
  }
});

async function start({ incarnation, ...opening }: Extract<ToDoors, { kind: 'start' }>): Promise<Ways> {
  asking = startAsking({ incarnation, send });
  pageAsking = startPageAsking({ incarnation, send });
  const open = await Ways.open({ ...opening, version: packageFile.version, ask: asking.ask, askPage: pageAsking.ask });
  send({ kind: 'ready', incarnation, httpPort: open.httpPort });
  return open;
}

function fail(error: unknown): never {
  console.error(`twokey doors: ${error instanceof Error ? error.message : 'could not start'}`);
  process.exit(1);
}
