import { lookup } from 'node:dns/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type Check, failed, fine, warned } from '../operator/checks.ts';

/** The three steps below a question to the exchange, so that one that fails can be named. Each is `null` when the one before it failed. */
export type Steps = {
  readonly host: string;
  readonly port: number;
  readonly names: Step<readonly string[]>;
  readonly connection: Step<number> | null;
  readonly security: Step<{ readonly protocol: string; readonly issuer: string; readonly validTo: string }> | null;
};

/** An error is a code of the system, such as ENOTFOUND. */
export type Step<Found> = { readonly ok: true; readonly value: Found } | { readonly ok: false; readonly error: string };

const STEP_MILLISECONDS_MAX = 5_000;
const CERTIFICATE_DAYS_WARNING = 7;
const DAY_MILLISECONDS = 86_400_000;

/** Looks the name up, connects, and agrees on keys, as a request to that origin would; sends nothing. */
export async function stepsTo(origin: string): Promise<Steps> {
  const url = new URL(origin);
  const host = url.hostname;
  const port = url.port === '' ? 443 : Number(url.port);
  const names = await tried(async () => (await lookup(host, { all: true })).map(({ address }) => address));
  const from = performance.now();
  const connection = names.ok
    ? await tried(() => connected(connectTcp({ host, port }), 'connect', () => Math.round(performance.now() - from)))
    : null;
  const security =
    connection?.ok === true
      ? await tried(() => connected(connectTls({ host, port, servername: host }), 'secureConnect', certificateOf))
      : null;
  return { host, port, names, connection, security };
}

/** A row for each step, down to the first that failed. */
export function networkChecks({ host, port, names, connection, security }: Steps, now: number): readonly Check[] {
  if (!names.ok)
    return [
      failed('DNS', `the name ${host} cannot be looked up (${names.error})`, 'check the connection and the name server (/etc/resolv.conf)'),
    ];
  const found = fine('DNS', `${host} is ${names.value.join(', ')}`);
  if (connection?.ok !== true)
    return [
      found,
      failed(
        'TCP',
        `no connection to ${host}:${port} (${errorOf(connection)})`,
        `a firewall has to let ${host}:${port} out; twokey uses no proxy`,
      ),
    ];
  const reached = fine('TCP', `${host}:${port} answers within ${connection.value} ms`);
  if (security?.ok !== true) {
    const fix =
      'something between here and the exchange answers in its place, or this machine lacks its root certificates or its time; no key is ever sent then';
    return [found, reached, failed('TLS', `${host} does not prove who it is (${errorOf(security)})`, fix)];
  }
  const { protocol, issuer, validTo } = security.value;
  const proven = `${protocol}, certified by ${issuer} until ${validTo}`;
  const left = Date.parse(validTo) - now;
  const ends = Number.isNaN(left) || left < CERTIFICATE_DAYS_WARNING * DAY_MILLISECONDS;
  const fix = 'a certificate of the exchange is renewed long before: see whose it is, and set this clock';
  return [found, reached, ends ? warned('TLS', `${proven}, which is soon`, fix) : fine('TLS', proven)];
}

function errorOf(step: Step<unknown> | null): string {
  return step === null || step.ok ? 'not tried' : step.error;
}

async function tried<Found>(step: () => Promise<Found>): Promise<Step<Found>> {
  const timer = new AbortController();
  const late = new Promise<Step<Found>>((resolve) => {
    const handle = setTimeout(
      () => resolve({ ok: false, error: `no answer within ${STEP_MILLISECONDS_MAX / 1000} s` }),
      STEP_MILLISECONDS_MAX,
    );
    timer.signal.addEventListener('abort', () => clearTimeout(handle));
  });
  const done = step().then(
    (value): Step<Found> => ({ ok: true, value }),
    (error: unknown): Step<Found> => ({ ok: false, error: error instanceof Error && 'code' in error ? String(error.code) : 'failed' }),
  );
  const first = await Promise.race([done, late]);
  timer.abort();
  return first;
}

async function connected<Found, Kind extends Socket>(socket: Kind, event: string, read: (socket: Kind) => Found): Promise<Found> {
  socket.setTimeout(STEP_MILLISECONDS_MAX, () => socket.destroy());
  try {
    return await new Promise<Found>((resolve, reject) => {
      socket.once(event, () => resolve(read(socket)));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
    });
  } finally {
    socket.destroy();
  }
}

function certificateOf(socket: TLSSocket): { readonly protocol: string; readonly issuer: string; readonly validTo: string } {
  const { issuer, valid_to: validTo } = socket.getPeerCertificate();
  const { O: organisation } = issuer;
  const name = Array.isArray(organisation) ? organisation.join(' ') : organisation;
  return { protocol: socket.getProtocol() ?? 'TLS', issuer: name ?? 'somebody unnamed', validTo };
}
