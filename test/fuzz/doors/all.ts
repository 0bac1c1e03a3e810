import type { Door } from '../door.ts';
import { agentSocket } from './agent-socket.ts';
import { alerts } from './alerts.ts';
import { agentCalls } from './calls.ts';
import { codec } from './codec.ts';
import { exchange } from './exchange.ts';
import { files } from './files.ts';
import { halt } from './halt.ts';
import { mcpHttp, page } from './http.ts';
import { journal } from './journal.ts';
import { operatorSocket } from './operator-socket.ts';
import { passkeys } from './passkey.ts';
import { snapshot } from './snapshot.ts';
import { vault } from './vault.ts';
import { httpAnswer, websocket } from './wire.ts';

/** The doors whose code runs in the process that fuzzes them. */
export const doorsHere: readonly Door[] = [
  agentCalls,
  agentSocket,
  mcpHttp,
  page,
  operatorSocket,
  files,
  halt,
  codec,
  httpAnswer,
  websocket,
  exchange,
  journal,
  snapshot,
  vault,
  passkeys,
  alerts,
];
