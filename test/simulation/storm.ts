import type { Chance } from './chance.ts';

/** What the network, the disk, the vault, the exchange and people do wrong, and how often: drawn for each seed anew, most of them absent. */
export type Storm = {
  /** Chances per request of the gateway. */
  readonly network: Readonly<Record<NetworkFault, number>>;
  /** Mean milliseconds between two faults armed at the exchange's own desk; 0: never. */
  readonly deskMilliseconds: number;
  readonly deskKinds: readonly DeskKind[];
  /** Chances per append. */
  readonly disk: Readonly<Record<DiskFault, number>>;
  /** Chances per write of a snapshot or of some of its parts. */
  readonly snapshots: Readonly<Record<SnapshotFault, number>>;
  /** Chance per signature that the vault dies instead. */
  readonly vaultDies: number;
  /** Mean milliseconds between two crashes; 0: never. */
  readonly crashMilliseconds: number;
  /** Mean milliseconds between two starts beside a process that still lives, because somebody removed its lock; 0: never. */
  readonly secondMilliseconds: number;
  readonly people: Readonly<Record<'external order' | 'halt file' | 'clock set' | 'market jump' | 'nervous operator', number>>;
};

export const networkFaults = [
  'request lost',
  'request delayed',
  'request past its expiry',
  'answer lost',
  'answer late',
  'connection refused',
  'connection slow',
  'connection reset',
] as const;
export type NetworkFault = (typeof networkFaults)[number];

export const diskFaults = ['write failed', 'disk full', 'uncertain and written', 'uncertain and not written'] as const;
export type DiskFault = (typeof diskFaults)[number];

/** `torn` and `lost` are told as written: the disk lies, and what it kept is less. */
export const snapshotFaults = ['snapshot write failed', 'snapshot written and not told', 'snapshot torn', 'snapshot lost'] as const;
export type SnapshotFault = (typeof snapshotFaults)[number];

/** The faults of the exchange's desk, each in both forms. `lies` are answers that deny what was done. */
export const writeKinds = [
  'lost_ack',
  'late_ack',
  'reset',
  'truncated',
  'http_502',
  'code_50004',
  'code_51149',
  'reject',
  'rate_limit',
] as const;
export const readKinds = ['stale_read', 'query_fails'] as const;
export type DeskKind = (typeof writeKinds)[number] | (typeof readKinds)[number];

export const calm: Storm = {
  network: {
    'request lost': 0,
    'request delayed': 0,
    'request past its expiry': 0,
    'answer lost': 0,
    'answer late': 0,
    'connection refused': 0,
    'connection slow': 0,
    'connection reset': 0,
  },
  deskMilliseconds: 0,
  deskKinds: [],
  disk: { 'write failed': 0, 'disk full': 0, 'uncertain and written': 0, 'uncertain and not written': 0 },
  snapshots: { 'snapshot write failed': 0, 'snapshot written and not told': 0, 'snapshot torn': 0, 'snapshot lost': 0 },
  vaultDies: 0,
  crashMilliseconds: 0,
  secondMilliseconds: 0,
  people: { 'external order': 0, 'halt file': 0, 'clock set': 0, 'market jump': 0, 'nervous operator': 0 },
};

/** Each fault is absent from about half of the seeds, so that what one hides another seed shows. */
export function drawStorm(chance: Chance): Storm {
  const rate = (most: number): number => (chance.happens(0.5) ? 0 : most * chance.next());
  const rates = <Name extends string>(names: readonly Name[], most: (name: Name) => number) =>
    Object.fromEntries(names.map((name) => [name, rate(most(name))])) as Record<Name, number>;
  // A network that is bad all the time lets nothing be traded that could go wrong.
  const network = chance.pick([0, 0.01, 0.03, 0.08]);
  const others = {
    network: rates(networkFaults, () => network),
    deskMilliseconds: chance.happens(0.3) ? 0 : chance.between(300, 5000),
    deskKinds: [...writeKinds, ...readKinds].filter(() => chance.happens(0.5)),
    disk: rates(diskFaults, (name) => (name === 'write failed' ? 0.004 : 0.002)),
    vaultDies: rate(0.002),
    crashMilliseconds: chance.happens(0.3) ? 0 : chance.between(3000, 15_000),
    people: {
      'external order': chance.happens(0.85) ? 0 : 1,
      'halt file': rate(0.06),
      'clock set': rate(0.05),
      'market jump': rate(0.1),
      'nervous operator': chance.happens(0.2) ? 1 : 0,
    },
  };
  const drawn = { ...others, snapshots: rates(snapshotFaults, () => 0.1) };
  // Drawn last, so that every other world is what it was before there was this fault.
  return { ...drawn, secondMilliseconds: chance.happens(0.8) ? 0 : chance.between(10_000, 40_000) };
}
