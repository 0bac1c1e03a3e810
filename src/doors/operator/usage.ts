/** What the operator's command line understands. One table, so that help, parsing and the refusal of the rest cannot disagree. */
export const verbs = {
  status: 'what is: mode and why, equity, what is open, alerts, what to do next',
  limits: 'every limit with its use and what is left of it',
  positions: 'what twokey manages, and apart from it what was there before',
  orders: 'every order without evidence of its end',
  fills: 'the last executions; --count N for more',
  account: 'config | balance: what the exchange says of account and key; set-leverage INSTRUMENT N sets it, within max_leverage',
  policy:
    'show | check [FILE] | diff FILE | apply | withdraw | profile EQUITY: every limit with its hash; whether a file is right; what another would change; that twokey.toml is to hold, and no more; limits for a small account',
  approvals: 'orders that wait for you, each with what it would lead to',
  approve: 'ID: agree to one of them; it is decided anew and sent at the price shown or a better one',
  deny: 'ID: refuse one of them; the agent hears the words of --reason',
  alerts: 'list | ack ID | test: what a person should have seen, and whether it arrived; ID may be all',
  ack: 'ID: you have seen this alert',
  agents:
    'list | add NAME | token NAME | revoke NAME: who may ask; add and token print a token for the HTTP door, once; revoke ends all of it at once',
  stage: 'show | promote | demote: where the account stands on the roll-out, and what the next stage asks for; one rung up; one rung down',
  credentials:
    'rotate: takes the new keys that their source holds now, while the gateway runs; the old ones stay where the new ones are not right',
  log: 'show | verify [FILE] | export: the journal',
  why: 'INTENT: one wish from the request to the proof',
  report: '[DAY | all]: what a day traded, cost and earned, what was denied, and what twokey had to tell',
  halt: 'nothing is sent any more; --flatten closes what is open and proves it; works without a gateway too, but for --flatten',
  'reduce-only': 'only orders that reduce pass',
  resume: 'one step milder, after a clean comparison; the operator alone',
  freeze: 'INSTRUMENT | agent:NAME: nothing new is opened on it or by it; exits and cancels pass',
  unfreeze: 'INSTRUMENT | agent:NAME --reason TEXT: opens it again, and the throttles of an agent with it',
  flatten: 'INSTRUMENT: freezes it, cancels its orders, closes its position and proves it',
  resolve: 'ORDER --reason TEXT: this order of unknown outcome is not at the exchange; only when no look-up can prove it any more',
  reconcile: 'a full comparison with the exchange now; ends with 1 on any difference; --adopt --reason TEXT accepts what the exchange says',
  init: 'a home for sim or demo: writes twokey.toml, ceiling.toml and credentials.toml, over no file that is there',
  install:
    'users, a copy of the program that is root’s, and a service, so that agents are kept out by the system; --dry-run shows every step',
  uninstall: 'takes that away again; the journal stays unless --purge',
  page: "a code and the addresses to open the operator's page with; the page looks, stops, and approves with a proof",
  operator:
    'enroll | passkey NAME: a passphrase and an authenticator by which the vault knows you; in live whatever loosens asks for both, elsewhere where require_proof says so; and a passkey for the page, made while no gateway runs',
  doctor:
    'everything that has to be right, each with what to fix; --report FILE for others to read; --as-agent [USER] tries every attack as an agent’s user (also: diagnose)',
  checklist: 'what has to be proven before live starts, each with its evidence',
} as const;

export type Verb = keyof typeof verbs;

/** Commands of later work: known by name, so that asking for one is told apart from a slip of the pen. */
const later = new Set('drill setup'.split(' '));

/** The verb that a word means, if it is one of this version. */
export function verbOf(word: string): Verb | undefined {
  const meant = word === 'diagnose' ? 'doctor' : word;
  return Object.hasOwn(verbs, meant) ? (meant as Verb) : undefined;
}

/** What to say of a word that is no verb of this version. */
export function notHere(word: string): string {
  const why = later.has(word) ? `${word} is not part of this version` : `${JSON.stringify(word)} is not a command`;
  return `${why}; there are ${Object.keys(verbs).join(', ')}, and those of twokey --help`;
}
