import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

// A device with a passkey, as its bytes go over the wire. It shares no code with what reads them.

export type Written = number | string | Uint8Array | readonly Written[] | ReadonlyMap<number | string, Written>;

/** One value in CBOR, every head in its shortest form. */
export function writeCbor(value: Written): Buffer {
  if (typeof value === 'number') return value < 0 ? writeHead(1, -1 - value) : writeHead(0, value);
  if (typeof value === 'string') return Buffer.concat([writeHead(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([writeHead(2, value.length), value]);
  if (value instanceof Map) {
    const pairs = [...(value as ReadonlyMap<number | string, Written>)];
    return Buffer.concat([writeHead(5, pairs.length), ...pairs.flatMap(([key, each]) => [writeCbor(key), writeCbor(each)])]);
  }
  const list = value as readonly Written[];
  return Buffer.concat([writeHead(4, list.length), ...list.map(writeCbor)]);
}

export function writeHead(major: number, count: number): Buffer {
  const first = major << 5;
  if (count < 24) return Buffer.from([first | count]);
  if (count < 0x100) return Buffer.from([first | 24, count]);
  const bytes = Buffer.alloc(count < 0x1_0000 ? 3 : 5, first | (count < 0x1_0000 ? 25 : 26));
  bytes.writeUIntBE(count, 1, bytes.length - 1);
  return bytes;
}

/** What a test may have it say otherwise. */
export type Twist = {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly count?: number;
  /** Behind the authenticator's own bytes. */
  readonly more?: Uint8Array;
  /** Members of the client data beside those. */
  readonly said?: Readonly<Record<string, unknown>>;
};

export class Authenticator {
  readonly id: Buffer;
  readonly #algorithm: 'ES256' | 'EdDSA';
  readonly #origin: string;
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  #count = 0;

  constructor({ algorithm = 'ES256', origin }: { readonly algorithm?: 'ES256' | 'EdDSA'; readonly origin: string }) {
    this.#algorithm = algorithm;
    this.#origin = origin;
    this.#keys = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
    const { x = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    this.id = createHash('sha256').update(x).digest();
  }

  /** The public key as `operator.toml` has it. */
  get key(): Buffer {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  }

  get cose(): ReadonlyMap<number, Written> {
    const x = this.key.subarray(0, 32);
    return this.#algorithm === 'EdDSA'
      ? new Map<number, Written>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, x],
        ])
      : new Map<number, Written>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, x],
          [-3, this.key.subarray(32)],
        ]);
  }

  register(challenge: string, twist: Twist & { readonly cose?: Written; readonly object?: ReadonlyMap<string, Written> } = {}) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const key = writeCbor(twist.cose ?? this.cose);
    const data = Buffer.concat([
      this.#data({ flags: 0x45, ...twist, more: new Uint8Array() }),
      Buffer.alloc(16),
      length,
      this.id,
      key,
      twist.more ?? new Uint8Array(),
    ]);
    const object =
      twist.object ??
      new Map<string, Written>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', data],
      ]);
    return {
      clientData: this.#said('webauthn.create', challenge, twist).toString('base64url'),
      attestation: writeCbor(object).toString('base64url'),
    };
  }

  assert(challenge: string, twist: Twist = {}) {
    this.#count += 1;
    const clientData = this.#said('webauthn.get', challenge, twist);
    const data = this.#data({ flags: 0x05, count: this.#count, ...twist });
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()]);
    const signature = sign(this.#algorithm === 'ES256' ? 'sha256' : null, signed, this.#keys.privateKey);
    return {
      id: this.id.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      clientData: clientData.toString('base64url'),
      signature: signature.toString('base64url'),
    };
  }

  #said(type: string, challenge: string, twist: Twist): Buffer {
    const said = { type, challenge, origin: this.#origin, crossOrigin: false, ...twist.said };
    const changed = {
      ...said,
      ...(twist.type && { type: twist.type }),
      ...(twist.challenge && { challenge: twist.challenge }),
      ...(twist.origin && { origin: twist.origin }),
    };
    return Buffer.from(JSON.stringify(changed));
  }

  #data({ rpId = new URL(this.#origin).hostname, flags = 0, count = 0, more = new Uint8Array() }: Twist): Buffer {
    const rest = Buffer.alloc(5, flags);
    rest.writeUInt32BE(count, 1);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), rest, more]);
  }
}
