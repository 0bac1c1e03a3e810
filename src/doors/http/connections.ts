import type { Socket } from 'node:net';

/** Connections at once, of all; and of one agent, which may ask two hundred things in one breath over as many connections. */
const CONNECTIONS_MAX = 1024;
const CONNECTIONS_OF_ONE_MAX = 256;

/**
 * Who holds which connection. When all places are taken the oldest of those who have shown no token goes, and where there is none the oldest of the
 * agent that holds the most: a flood costs those their places who make it.
 */
export class Connections {
  /** In the order in which they came; the hash of the token that was shown last, or nothing. */
  readonly #held = new Map<Socket, string>();

  add(socket: Socket): void {
    if (this.#held.size >= CONNECTIONS_MAX) {
      const greediest = this.#greediest();
      const [oldest] = [...this.#held].find(([, tokenHash]) => tokenHash === greediest) ?? [];
      if (oldest !== undefined) this.#held.delete(oldest);
      oldest?.destroy();
    }
    this.#held.set(socket, '');
    socket.on('close', () => this.#held.delete(socket));
  }

  /** Whether the connection may be this agent's: it is from now on. */
  claim(socket: Socket, tokenHash: string): boolean {
    if (this.#held.get(socket) === tokenHash) return true;
    const others = [...this.#held.values()].filter((each) => each === tokenHash).length;
    if (!this.#held.has(socket) || others >= CONNECTIONS_OF_ONE_MAX) return false;
    this.#held.set(socket, tokenHash);
    return true;
  }

  /** Ends what was opened with a token that opens nothing any more. */
  keep(tokenHashes: { readonly has: (tokenHash: string) => boolean }): void {
    for (const [socket, tokenHash] of this.#held) if (tokenHash !== '' && !tokenHashes.has(tokenHash)) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.#held.keys()) socket.destroy();
  }

  /** Nobody in particular, while somebody holds a place without a token. */
  #greediest(): string {
    const counts = new Map<string, number>();
    for (const tokenHash of this.#held.values()) counts.set(tokenHash, (counts.get(tokenHash) ?? 0) + 1);
    if (counts.has('')) return '';
    return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0] as const)[0];
  }
}
