import { closeSync, fstatSync, readSync } from 'node:fs';

/** What came on standard input: the key, from the environment of the gateway or from a program that keeps it. */
export type Input = { readonly kind: 'none' } | { readonly kind: 'command' | 'keyring' | 'environment'; readonly text: string };

/** Ours are a hundred characters a field. A text that is longer is refused where it is read (credentials.ts). */
export const INPUT_BYTES_MAX = 64 * 1024;

/** Reads descriptor 0 to its end, or to where it is too long. It is left with nothing in it. */
export async function readInput(kind: string): Promise<Input> {
  switch (kind) {
    case 'environment':
      return { kind, text: readWholeFile() };
    case 'command':
    case 'keyring':
      return { kind, text: await readToEnd() };
    default:
      return { kind: 'none' };
  }
}

/** The descriptor is shared with the process that wrote the file, and stands wherever that one left it: read from the start. */
function readWholeFile(): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(0).size, INPUT_BYTES_MAX));
  const text = bytes.toString('utf8', 0, readSync(0, bytes, 0, bytes.length, 0));
  // The last one to hold the file, which has no name: with this it is gone from the disk.
  closeSync(0);
  return text;
}

async function readToEnd(): Promise<string> {
  const pieces: Buffer[] = [];
  let total = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    total += piece.length;
    pieces.push(piece);
    if (total > INPUT_BYTES_MAX) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}
