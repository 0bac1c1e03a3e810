import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export type Certificate = { readonly key: string; readonly cert: string };

/**
 * A self-signed certificate for one host name, made when the test runs, so that no private key lies in the repository. Only what a TLS
 * client looks at is in it: names, validity, key, the host under subjectAltName (RFC 5280).
 */
export function selfSigned(host: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(objectId([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
  const commonName = sequence(objectId([0x55, 0x04, 0x03]), tagged(0x0c, Buffer.from(host)));
  const name = sequence(tagged(0x31, commonName));
  const hour = 3_600_000;
  const validity = sequence(time(Date.now() - hour), time(Date.now() + hour));
  const alternative = sequence(tagged(0x82, Buffer.from(host)));
  const extension = sequence(objectId([0x55, 0x1d, 0x11]), tagged(0x04, alternative));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  );
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: pem(sequence(body, algorithm, signature(body, privateKey))),
  };
}

function signature(body: Buffer, key: KeyObject): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, key)]));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function objectId(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${text}Z`));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
