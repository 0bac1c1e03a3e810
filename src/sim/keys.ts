/** A fixed key of the simulator: whose it is and what it may do. */
export type Key = {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
  readonly uid: string;
  readonly perm: string;
  readonly ip: string;
  readonly label: string;
  /** Made inside demo trading: it works there alone. */
  readonly demo?: true;
};

type Rights = Omit<Key, 'secret' | 'passphrase'>;

// All share one secret and passphrase: they are known to everybody and open nothing but this simulator.
function key(rights: Rights): Key {
  return { ...rights, secret: 'sim-secret', passphrase: 'sim-pass' };
}

const rights: readonly Rights[] = [
  { apiKey: 'sim-key', uid: '1001', perm: 'read_only,trade', ip: '127.0.0.1', label: 'sim' },
  { apiKey: 'sim-key-withdraw', uid: '1001', perm: 'read_only,withdraw,trade', ip: '127.0.0.1', label: 'sim withdraw' },
  { apiKey: 'sim-key-main', uid: '1000', perm: 'read_only,trade', ip: '127.0.0.1', label: 'sim main' },
  { apiKey: 'sim-key-readonly', uid: '1001', perm: 'read_only', ip: '127.0.0.1', label: 'sim read only' },
  { apiKey: 'sim-key-noip', uid: '1001', perm: 'read_only,trade', ip: '', label: 'sim without ip' },
  { apiKey: 'sim-key-demo', uid: '2000', perm: 'read_only,trade', ip: '127.0.0.1', label: 'sim demo', demo: true },
];

const keys = new Map(rights.map((each) => [each.apiKey, key(each)]));

export function findKey(apiKey: string): Key | undefined {
  return keys.get(apiKey);
}
