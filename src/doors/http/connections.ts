import type { Socket } from 'node:net';

/** Connections at once, of all; and of one agent. */
const CONNECTIONS_MAX = 512;
const CONNECTIONS_OF_ONE_MAX = 64;

/**
 * Who holds which connection. When all places are taken the oldest of those who have shown no token goes: a flood of strangers costs strangers
 * their places, and agents none.
 */
export class Connections {
  /** In the order in which they came; the hash of the token that was shown last, or nothing. */
  readonly #held = new Map<Socket, string>();

  add(socket: Socket): void {
    if (this.#held.size >= CONNECTIONS_MAX) {
      const [stranger] = [...this.#held].find(([, tokenHash]) => tokenHash === '') ?? [];
      if (stranger === undefined) return void socket.destroy();
      this.#held.delete(stranger);
      stranger.destroy();
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
}
