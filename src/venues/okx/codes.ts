/**
 * OKX's error codes (okx-errors.md §2–§6), and what each proves. This is an allow-list: only a code that stands here under `definitive`
 * says that a write did not happen. Everything else, above all a code nobody has heard of, proves nothing (DESIGN law 3).
 */
export type CodeClass =
  /** The key, its signature or its environment is wrong: refused before the request was read. */
  | 'authentication'
  /** The key may not do this. */
  | 'permission'
  /** Our timestamp is more than 30 s off. */
  | 'clock'
  /** We built a request that OKX cannot read: our own bug. */
  | 'malformed'
  /** The user, the account or its mode is blocked for this. */
  | 'account'
  /** The instrument does not trade now, or not for this account. */
  | 'instrument'
  | 'funds'
  /** Price, size, number of orders: the terms of this order. */
  | 'terms'
  /** A trigger of a stop order on the wrong side of a price, or where none may be. */
  | 'trigger'
  /** A reducing order with nothing to reduce. */
  | 'position'
  /** expTime had passed: discarded. */
  | 'expired';

type Group = {
  readonly class: CodeClass;
  /** Whether the code is definitive for a cancel too. Elsewhere a failed cancel says nothing about the order: a query decides. */
  readonly cancel: boolean;
  readonly codes: Readonly<Record<string, string>>;
};

const groups: readonly Group[] = [
  {
    class: 'authentication',
    cancel: true,
    codes: {
      '50100': 'the API key is frozen',
      '50101': 'the key belongs to another environment (demo or live)',
      '50103': 'the key header is missing',
      '50104': 'the passphrase header is missing',
      '50105': 'the passphrase is wrong',
      '50106': 'the signature header is missing',
      '50107': 'the timestamp header is missing',
      '50110': 'this address is not on the list of the key',
      '50111': 'the key is unknown',
      '50112': 'the timestamp is malformed',
      '50113': 'the signature is wrong',
      '50114': 'the authorization is invalid',
      '50119': 'the key does not exist any more',
      '50121': 'the service is not available from this address or region',
    },
  },
  {
    class: 'permission',
    cancel: true,
    codes: {
      '50030': 'no permission for this endpoint',
      '50035': 'the endpoint asks for a key that is bound to an address',
      '50038': 'not available in demo trading',
      '50041': 'not on the allow-list of the endpoint',
      '50053': 'only available in demo trading',
      '50120': 'the key lacks the permission',
    },
  },
  { class: 'clock', cancel: true, codes: { '50102': 'the timestamp is more than 30 seconds off' } },
  {
    class: 'malformed',
    cancel: true,
    codes: {
      '50000': 'the body is empty',
      '50002': 'the body is not JSON',
      '50006': 'the content type is not JSON',
      '50014': 'a parameter is missing',
      '50015': 'one of two parameters is missing',
      '50016': 'parameters do not match',
      '50024': 'parameters exclude each other',
      '50025': 'a parameter has too many values',
      '50044': 'the broker type is wrong',
      '50115': 'the HTTP method is wrong',
      '51000': 'a parameter is wrong',
      '51003': 'neither order id nor client order id was given',
    },
  },
  {
    class: 'account',
    cancel: false,
    codes: {
      '50007': 'the user is blocked',
      '50008': 'the user is unknown',
      '50009': 'the account is frozen by a stop-out',
      '50012': 'the account status does not allow this',
      '50017': 'the position is frozen by auto-deleveraging',
      '50018': 'the currency is frozen by auto-deleveraging',
      '50019': 'the account is frozen by auto-deleveraging',
      '50020': 'the position is frozen by liquidation',
      '50021': 'the currency is frozen by liquidation',
      '50022': 'the account is frozen by liquidation',
      '50023': 'frozen by funding settlement',
      '50027': 'the account is restricted from trading',
      '50028': 'restricted from orders',
      '50029': 'the account is restricted by risk control',
      '50032': 'the currency is blocked for the account',
      '50033': 'the instrument is blocked for the account',
      '50052': 'restricted for this user',
      '50059': 'restricted for this user',
      '50060': 'the identity of the user is not verified',
      '51010': 'not supported in the current account mode',
      '51024': 'the trading account is blocked',
      '51155': 'restricted by local rules',
      '51734': 'restricted by local rules',
    },
  },
  {
    class: 'instrument',
    cancel: false,
    codes: {
      '51001': 'the instrument does not exist',
      '51012': 'the currency does not exist',
      '51014': 'the index does not exist',
      '51015': 'the instrument does not match its type',
      '51021': 'the instrument is not listed yet',
      '51022': 'the instrument is suspended',
      '51026': 'the instrument does not match its type',
      '51027': 'the contract has expired',
      '51028': 'the contract is being delivered',
      '51029': 'the contract is being settled',
      '51030': 'the funding fee is being settled',
    },
  },
  {
    class: 'funds',
    cancel: false,
    codes: {
      '51008': 'balance or margin is insufficient',
      '51119': 'balance is insufficient',
      '51127': 'available balance is insufficient',
      '51131': 'balance is insufficient',
    },
  },
  {
    class: 'terms',
    cancel: false,
    codes: {
      '51004': 'size, position and pending orders exceed the limit of the current leverage',
      '51005': 'the size exceeds the maximum of one order',
      '51006': 'the price is outside the price limit',
      '51007': 'less than one contract',
      '51020': 'the size is below the minimum',
      '51025': 'too many pending orders',
      '51031': 'the price is outside the limits of closing',
      '51101': 'the size exceeds the maximum of one order',
      '51102': 'too many pending orders',
      '51103': 'too many pending orders',
      '51112': 'the size to close exceeds the available position',
      '51116': 'the price exceeds its cap',
      '51118': 'the amount is below the minimum',
      '51120': 'the amount is below the minimum',
      '51121': 'the size is not a multiple of the lot',
      '51122': 'the price is below the minimum',
      '51133': 'reduce-only is not available here',
      '51135': 'the price is beyond the limit',
      '51136': 'the price is beyond the limit',
      '51137': 'the price is beyond the highest buy price',
      '51138': 'the price is beyond the lowest sell price',
      '51139': 'reduce-only is not available on spot',
      '51150': 'too many decimals',
      '51174': 'too many pending orders',
      '51071': 'too many timers of tags are armed',
      '51185': 'the value exceeds the maximum of one order',
      '51186': 'the leverage exceeds the limit of the platform',
      '51201': 'the value exceeds the maximum of a market order',
      '51202': 'the amount exceeds the maximum',
      '51203': 'the amount exceeds the maximum',
      '51204': 'a limit order without a price',
      '51205': 'reduce-only is not available here',
      '51261': 'too many stop orders',
      '51299': 'too many stop orders',
    },
  },
  {
    class: 'trigger',
    cancel: false,
    codes: {
      '51045': 'an order of this type takes no take-profit and no stop',
      '51046': 'the take-profit is not above the price of the order',
      '51047': 'the stop is not below the price of the order',
      '51048': 'the take-profit is not below the price of the order',
      '51049': 'the stop is not above the price of the order',
      '51050': 'the take-profit is not above the best ask',
      '51051': 'the stop is not below the best ask',
      '51052': 'the take-profit is not below the best bid',
      '51053': 'the stop is not above the best bid',
      '51100': 'a reduce-only order takes no take-profit and no stop',
      '51178': 'neither a take-profit nor a stop is attached',
      '51277': 'the take-profit is above the last price',
      '51278': 'the stop is below the last price',
      '51279': 'the take-profit is below the last price',
      '51280': 'the stop is above the last price',
      '51300': 'the take-profit is above the mark price',
      '51301': 'the stop is on the wrong side of the mark price',
      '51302': 'the stop is below the mark price',
      '51303': 'the take-profit is below the mark price',
      '51304': 'the stop is above the mark price',
      '51305': 'the take-profit is above the index price',
      '51306': 'the stop is below the index price',
      '51307': 'the take-profit is below the index price',
      '51308': 'the stop is above the index price',
      '51333': 'a reduce-only order takes no take-profit and no stop',
      '51415': 'on spot only the last price triggers',
      '51526': 'triggers cannot be added to or taken from a stop order',
    },
  },
  {
    class: 'position',
    cancel: false,
    codes: {
      '51023': 'the position does not exist',
      '51043': 'the isolated position does not exist',
      '51058': 'there is no position for this stop order',
      '51148': 'the order would turn pending reduce-only orders over',
      '51169': 'there is no position in this direction to reduce',
      '51170': 'a reduce-only order in the direction of the position',
      '51206': 'the order would turn pending reduce-only orders over',
    },
  },
  {
    class: 'expired',
    cancel: true,
    codes: { '50036': 'the expiry had passed on arrival', '50037': 'the request expired before it was processed' },
  },
];

/** Codes that are known and prove nothing, each with what it says. They are here for people who read a cause, and decide nothing. */
const inconclusive: Readonly<Record<string, string>> = {
  '50001': 'the service is unavailable',
  '50004': 'the endpoint timed out: neither success nor failure',
  // Documented as not executed, but not proven so for orders; unknown until probed (risk.md §4.10).
  '50011': 'rate limit of the endpoint',
  '50013': 'the system is busy',
  '50026': 'system error',
  '50040': 'operations too frequent',
  '50042': 'repeated request',
  '50061': 'rate limit of the sub-account',
  '50071': 'it exists already',
  '51011': 'the order id exists already',
  '51016': 'the client order id belongs to a pending order',
  // Of these no reference says whether the order was taken; what they restrict is heeded all the same (restrictions.ts).
  '51037': 'the account may only reduce its risk',
  '51054': 'the request timed out',
  '51065': 'the id of the stop order exists already',
  '51068': 'the id of the stop order exists already',
  '51149': 'the order timed out: neither success nor failure',
  '51209': 'the account may only reduce',
  '51210': 'the account may only reduce',
  '51211': 'the account may only reduce',
  '51212': 'the account may only reduce',
  '51213': 'the account may only reduce',
  '51214': 'the account may only reduce',
  '51400': 'not cancelled: filled, cancelled or unknown',
  '51401': 'cancelled already',
  '51402': 'completed already',
  '51410': 'a cancel is under way',
  '51412': 'the cancel timed out, or the order was triggered',
  '51416': 'triggered already',
  '51503': 'not amended: filled, cancelled or unknown',
  '51527': 'the stop order does not exist',
  '51532': 'the stop order was triggered in part',
  '51603': 'the order does not exist',
};

export type Code = { readonly class: CodeClass; readonly cancel: boolean; readonly meaning: string };

const definitive: ReadonlyMap<string, Code> = new Map(
  groups.flatMap((group) =>
    Object.entries(group.codes).map(([code, meaning]): [string, Code] => [code, { class: group.class, cancel: group.cancel, meaning }]),
  ),
);

/** What a definitive code says; `undefined` for every code that proves nothing. */
export function definitiveCode(code: string): Code | undefined {
  return definitive.get(code);
}

/** Our own words for a code; never text that came from the exchange. */
export function meaningOf(code: string): string {
  return definitive.get(code)?.meaning ?? (Object.hasOwn(inconclusive, code) ? (inconclusive[code] ?? '') : 'not a code we know');
}

/** All codes of both tables, for the reader of docs and for tests. */
export function knownCodes(): readonly string[] {
  return [...definitive.keys(), ...Object.keys(inconclusive)];
}
