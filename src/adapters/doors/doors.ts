import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import type { DoorAgent, FromDoors, HttpDoor, ToDoors } from '../../core/channel.ts';
import { assert } from '../../core/lang/assert.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { visible } from '../../core/lang/visible.ts';
import { parseFromDoors } from '../../core/parse-channel.ts';
import { DoorsChannel } from './channel.ts';

export type CallFromDoors = Extract<FromDoors, { kind: 'call' }>;
export type WishFromPage = Extract<FromDoors, { kind: 'page' }>;

export type DoorsWiring = {
  /** The folder that holds src and node_modules; all that the doors may read. */
  readonly installFolder: string;
  readonly socketsFolder: string;
  /** Who may ask now. */
  readonly agents: () => readonly DoorAgent[];
  /** Where HTTP is listened on; `null`: nowhere. */
  readonly http: HttpDoor | null;
  /** A call, read strictly, of an agent that there is or was in this start: whoever was revoked may have asked just before. */
  readonly onCall: (call: CallFromDoors) => void;
  /** What came from the operator's page; nothing of it is believed but its form. */
  readonly onPage: (wish: WishFromPage) => void;
  /** No doors for a minute: agents cannot reach the gateway, and somebody should know. Once a outage. */
  readonly onDown: () => void;
  /** HTTP is wanted, and the port is somebody else's: agents come by their sockets alone, and whoever listens there may be handed their tokens. */
  readonly onNoHttp: () => void;
  /** The doors said what working doors never say; they were killed, and new ones start. */
  readonly onSurprise: (what: string) => void;
};

export type Doors = {
  /** When agents could reach the sockets for the first time, and the port of the HTTP door; `null` where none is open. */
  readonly ready: Promise<number | null>;
  readonly pid: () => number | undefined;
  /** Dropped when the doors that asked are gone; the journal has the answer, and `get_intent` finds it. */
  readonly answer: (answer: Omit<Extract<ToDoors, { kind: 'answer' }>, 'kind'>) => void;
  readonly answerPage: (answer: Omit<Extract<ToDoors, { kind: 'page_answer' }>, 'kind'>) => void;
  /** Agents were added, revoked, or have other tokens. */
  readonly agentsChanged: () => void;
  readonly close: () => Promise<void>;
};

const backOffFirstMilliseconds = 50;
const backOffMostMilliseconds = 2000;
/** Doors that lived this long begin with the shortest pause when they die. */
const steadyMilliseconds = 10_000;
const downMilliseconds = 60_000;
const closeMilliseconds = 2000;
/** `sun_path` of a Unix socket, less the zero at its end. */
const socketPathBytesMax = 107;
/** What the doors may say on stderr in one life: enough for a stack, and no way to fill a disk. */
const saidCharactersMax = 8000;
/** All of the install that the doors read. Whatever else lies beside it is none of theirs. */
const readable = ['package.json', 'node_modules', 'src'] as const;

/** The file an agent connects to. */
export function socketPath({ socketsFolder, agent }: { readonly socketsFolder: string; readonly agent: string }): string {
  return join(socketsFolder, `agent-${agent}.sock`);
}

/** The kernel cuts what is longer, or refuses it with words that help nobody. */
export function checkSocketPaths({
  socketsFolder,
  agents,
}: {
  readonly socketsFolder: string;
  readonly agents: readonly string[];
}): Result<void> {
  const longest = agents
    .map((agent) => Buffer.byteLength(socketPath({ socketsFolder, agent })))
    .reduce((left, right) => Math.max(left, right), 0);
  if (longest <= socketPathBytesMax) return ok(undefined);
  return err(
    `a socket in ${socketsFolder} would have a path of ${longest} bytes of at most ${socketPathBytesMax}; use a shorter --home or agent name`,
  );
}

/** A home among the files that the doors read would hand them the operator's token. */
export function checkHomeIsElsewhere({ installFolder, home }: { readonly installFolder: string; readonly home: string }): Result<void> {
  const inside = readable.some((name) => isWithin(realpathSync(home), join(realpathSync(installFolder), name)));
  return inside ? err(`${home} lies among the programs of twokey, which npm packages may read; use a --home elsewhere`) : ok(undefined);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way.startsWith('..') || way.startsWith('/'));
}

/**
 * Starts the doors and keeps them: they are restarted when they die, under a new incarnation, so that an answer to the dead
 * never reaches the living. They get no environment, no file but the install, no way to write or to start a process.
 */
export function startDoors(wiring: DoorsWiring): Doors {
  const { socketsFolder } = wiring;
  assert(checkSocketPaths({ socketsFolder, agents: wiring.agents().map(({ name }) => name) }).ok, 'socket paths were checked');
  const opened = Promise.withResolvers<number | null>();
  /** Everybody who was an agent in this start. */
  const known = new Set<string>();
  /** A port that was any free one stays the same when the doors die. */
  let http = wiring.http;
  let incarnation = 0;
  let child: ChildProcess | undefined;
  let channel: DoorsChannel | undefined;
  let backOff = backOffFirstMilliseconds;
  let closing = false;
  let restart: NodeJS.Timeout | undefined;
  let outage: NodeJS.Timeout | undefined;

  function start(): void {
    incarnation += 1;
    const mine = incarnation;
    const startedAt = performance.now();
    const agents = present();
    for (const { name } of agents) removeSocket(name);
    const started = spawnDoors(wiring.installFolder);
    child = started.process;
    channel = new DoorsChannel(started.pipe, {
      message: (message) => take(started.process, mine, message),
      surprise: (what) => surprise(started.process, what),
    });
    child.on('error', () => {});
    child.on('exit', () => {
      if (child === started.process) child = undefined;
      if (closing) return;
      if (performance.now() - startedAt >= steadyMilliseconds) backOff = backOffFirstMilliseconds;
      outage ??= setTimeout(wiring.onDown, downMilliseconds);
      restart = setTimeout(start, backOff);
      backOff = Math.min(backOff * 2, backOffMostMilliseconds);
    });
    channel.send({ kind: 'start', incarnation: mine, socketsFolder, agents, http });
  }

  function present(): readonly DoorAgent[] {
    const agents = wiring.agents();
    for (const { name } of agents) known.add(name);
    return agents;
  }

  /** What died left its files behind, and a name that exists cannot be listened on. The doors themselves may not remove it. */
  function removeSocket(agent: string): void {
    rmSync(socketPath({ socketsFolder, agent }), { force: true });
  }

  function take(from: ChildProcess, mine: number, message: unknown): void {
    if (closing || from !== child) return;
    const parsed = parseFromDoors(message);
    if (!parsed.ok) return surprise(from, parsed.error);
    if (parsed.value.incarnation !== mine) return surprise(from, 'expected its own incarnation');
    if (parsed.value.kind === 'ready') {
      clearTimeout(outage);
      outage = undefined;
      const { httpPort } = parsed.value;
      if (http !== null && httpPort !== null) http = { ...http, port: httpPort };
      if (http !== null && httpPort === null) wiring.onNoHttp();
      opened.resolve(httpPort);
      return;
    }
    if (parsed.value.kind === 'page') return wiring.onPage(parsed.value);
    if (!known.has(parsed.value.principal)) return surprise(from, 'expected an agent that exists');
    wiring.onCall(parsed.value);
  }

  function surprise(from: ChildProcess, what: string): void {
    if (from !== child) return;
    from.kill('SIGKILL');
    child = undefined;
    wiring.onSurprise(what);
  }

  start();
  return {
    ready: opened.promise,
    pid: () => child?.pid,
    answer: (answer) => {
      if (child !== undefined && answer.incarnation === incarnation) channel?.send({ kind: 'answer', ...answer });
    },
    answerPage: (answer) => {
      if (child !== undefined && answer.incarnation === incarnation) channel?.send({ kind: 'page_answer', ...answer });
    },
    agentsChanged: () => {
      const before = new Set(known);
      const agents = present();
      for (const { name } of agents) if (!before.has(name)) removeSocket(name);
      channel?.send({ kind: 'agents', agents });
    },
    close: async () => {
      closing = true;
      clearTimeout(restart);
      clearTimeout(outage);
      channel?.close();
      if (child !== undefined) await ended(child);
      for (const name of known) removeSocket(name);
    },
  };
}

type Started = { readonly process: ChildProcess; readonly pipe: Duplex };

function spawnDoors(installFolder: string): Started {
  const flags = [
    '--permission',
    '--allow-net',
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--disable-warning=ExperimentalWarning',
    ...readable.map((name) => `--allow-fs-read=${join(installFolder, name)}`),
  ];
  const started = spawn(process.execPath, [...flags, join(installFolder, 'src/main/doors.ts')], {
    env: {},
    cwd: installFolder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (started.stderr !== null) passOn(started.stderr);
  // Node makes a pair of connected sockets for a fourth descriptor, which its declarations do not know.
  return { process: started, pipe: started.stdio[3] as Duplex };
}

/** Says what the doors say, and nothing of it as more than text: a terminal obeys what programs write to it. */
function passOn(said: Readable): void {
  let left = saidCharactersMax;
  said.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.slice(0, left).split('\n');
    left -= Math.min(text.length, left);
    for (const line of lines) if (line !== '') process.stderr.write(`doors: ${visible(line)}\n`);
  });
  said.on('error', () => {});
}

/** The closed pipe is how the doors are told; what does not listen is killed. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const kill = setTimeout(() => child.kill('SIGKILL'), closeMilliseconds);
    child.once('exit', () => {
      clearTimeout(kill);
      resolve();
    });
  });
}
