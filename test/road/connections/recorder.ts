import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';

const PAUSE_MILLISECONDS = 20;
const LISTENING = '0A';

/** What somebody tried to reach: names that were asked for, and `HOST:PORT` outside of this machine. */
export type Attempts = { readonly names: readonly string[]; readonly reached: readonly string[] };

/**
 * Every attempt to connect in a network of its own, whatever process made it and whatever the port: names by a name server that answers to all of them,
 * connections by the kernel's own tables. Nothing outside of the given hosts answers, so that a connection waits there for a second at least before it fails.
 */
export class Recorder implements Disposable {
  readonly #names = new Set<string>();
  readonly #reached = new Set<string>();
  readonly #listening = new Set<number>();
  readonly #addresses: Map<string, string>;
  readonly #server: Socket;
  readonly #timer: NodeJS.Timeout;

  private constructor(hosts: ReadonlyMap<string, string>, server: Socket) {
    this.#addresses = new Map(hosts);
    this.#server = server;
    server.on('message', (question, { port, address }) => server.send(this.#answer(question), port, address));
    this.#timer = setInterval(() => this.#look(), PAUSE_MILLISECONDS);
  }

  /** `hosts` are names with the addresses at which somebody answers. Every other name leads nowhere. */
  static async start(hosts: ReadonlyMap<string, string>): Promise<Recorder> {
    const server = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.bind({ address: '127.0.0.1', port: 53 }, resolve);
    });
    return new Recorder(hosts, server);
  }

  get attempts(): Attempts {
    this.#look();
    return { names: [...this.#names].toSorted(), reached: [...this.#reached].toSorted() };
  }

  /** Forgets what was seen until now. */
  clear(): void {
    this.#names.clear();
    this.#reached.clear();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#server.close();
  }

  #look(): void {
    for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
      const rows = readFileSync(`/proc/net/${table}`, 'latin1')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields.length > 3);
      const read = rows.map(([, local = '', remote = '', state = '']) => ({ local: endOf(local), remote: endOf(remote), state }));
      for (const { local, state } of read) if (state === LISTENING && table.startsWith('tcp')) this.#listening.add(local.port);
      for (const { local, remote, state } of read) {
        if (state === LISTENING || remote.port === 0) continue;
        // Both ends of a connection within this network stand in the table: the one that listens is what was reached.
        const isServed = table.startsWith('tcp') && this.#listening.has(local.port);
        this.#note(isServed ? local : remote, table.slice(0, 3));
      }
    }
  }

  #note({ address, port }: End, kind: string): void {
    if (address.startsWith('127.') || address === '::1') return;
    const name = [...this.#addresses].find(([, each]) => each === address)?.[0] ?? address;
    this.#reached.add(`${kind === 'udp' ? 'udp ' : ''}${name}:${port}`);
  }

  /** A question as the resolver of the system puts it (RFC 1035 §4): one name, of which an address of the old kind is told. */
  #answer(question: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join('.').toLowerCase();
    const end = at + 5;
    const isAddress = question.readUInt16BE(at + 1) === 1;
    this.#names.add(name);
    const address = this.#addresses.get(name) ?? `198.51.100.${this.#addresses.size + 1}`;
    this.#addresses.set(name, address);
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isAddress ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]);
    return Buffer.concat([head, question.subarray(12, end), ...(isAddress ? [record] : [])]);
  }
}

type End = { readonly address: string; readonly port: number };

/** `0100007F:1F90` of the kernel's tables: each word of the address is turned round. */
function endOf(text: string): End {
  const [words = '', port = ''] = text.split(':');
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  const mapped = bytes.length === 16 && bytes.slice(0, 12).join('') === '00000000000000000000ffff'.toUpperCase() ? bytes.slice(12) : bytes;
  if (mapped.length === 4) return { address: mapped.map((byte) => Number.parseInt(byte, 16)).join('.'), port: Number.parseInt(port, 16) };
  const groups = (mapped.join('').match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const whole = groups.join(':');
  return { address: whole === '0:0:0:0:0:0:0:1' ? '::1' : whole, port: Number.parseInt(port, 16) };
}
