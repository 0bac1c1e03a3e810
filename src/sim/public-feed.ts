import { isFields, type Fields, textField } from './fields.ts';
import { type Asked, mannerOf, rowsOf } from './public-rows.ts';
import type { World } from './world.ts';

/** What a push carries beside its argument. */
export type Body = Readonly<Record<string, unknown>>;

/** One public subject, shared by everybody who subscribed to it. */
export type Topic = {
  /** What the channel says to everybody since it last spoke. */
  readonly changes: (world: World) => readonly Body[];
  /** What a newcomer is told, so that the next change continues it. */
  readonly opening: (world: World) => readonly Body[];
};

export function createTopic(asked: Asked): Topic {
  const { kind } = mannerOf(asked.channel);
  if (kind === 'books') return bookTopic(asked);
  if (kind === 'trades') return tradesTopic(asked);
  return kind === 'candles' ? candlesTopic(asked) : valueTopic(asked);
}

function valueTopic(asked: Asked): Topic {
  let told = '';
  let toldAt = 0;
  const { again } = mannerOf(asked.channel);
  const read = (world: World): readonly unknown[] => (rowsOf(world, asked) ?? []).map((row) => shaped(asked, row));
  return {
    changes: (world) => {
      const rows = read(world);
      const { now } = world.state;
      const face = faceOf(rows);
      if (face === told && (again === 0 || now - toldAt < again)) return [];
      [told, toldAt] = [face, now];
      return rows.length === 0 ? [] : [{ data: rows }];
    },
    opening: (world) => {
      const rows = read(world);
      if (told === '') [told, toldAt] = [faceOf(rows), world.state.now];
      return rows.length === 0 ? [] : [{ data: rows }];
    },
  };
}

/** What of the rows can change: the time of telling is no news. */
function faceOf(rows: readonly unknown[]): string {
  return JSON.stringify(rows, (key, each: unknown) => (key === 'ts' || key === 'seqId' ? undefined : each));
}

function shaped({ channel, instId }: Asked, row: unknown): unknown {
  return channel === 'books5' && isFields(row) ? { ...row, instId } : row;
}

type Level = readonly [string, string, string, string];
type Sides = { readonly asks: readonly Level[]; readonly bids: readonly Level[] };

const HEARTBEAT = 60_000;

/** A book by what changed: each message names the one before it. */
function bookTopic(asked: Asked): Topic {
  let told: Sides = { asks: [], bids: [] };
  let [seqId, toldAt] = [-1, 0];
  const message = (world: World, { action, sides, prevSeqId }: BookMessage): Body => {
    toldAt = world.state.now;
    // @rule book-checksum
    return { action, data: [{ ...sides, ts: String(toldAt), checksum: 0, seqId, prevSeqId }] };
  };
  const changes = (world: World): readonly Body[] => {
    const { now } = world.state;
    const next = sidesOf(rowsOf(world, asked)?.[0]);
    const sides = { asks: changed(told.asks, next.asks), bids: changed(told.bids, next.bids) };
    const isSame = sides.asks.length + sides.bids.length === 0;
    // @rule book-continuity
    if (isSame && now - toldAt < HEARTBEAT) return [];
    const prevSeqId = seqId;
    if (!isSame) seqId = Math.max(seqId + 1, now);
    told = next;
    return [message(world, { action: 'update', sides, prevSeqId })];
  };
  return {
    changes,
    opening: (world) => {
      if (seqId === -1) changes(world);
      return [message(world, { action: 'snapshot', sides: told, prevSeqId: -1 })];
    },
  };
}

type BookMessage = { readonly action: 'snapshot' | 'update'; readonly sides: Sides; readonly prevSeqId: number };

function sidesOf(row: unknown): Sides {
  const side = (name: string): readonly Level[] => (isFields(row) && Array.isArray(row[name]) ? (row[name] as Level[]) : []);
  return { asks: side('asks'), bids: side('bids') };
}

/** Levels that are new or another size; those that went have size 0. */
function changed(before: readonly Level[], after: readonly Level[]): readonly Level[] {
  const left = new Map(before.map((level) => [level[0], level]));
  const news: Level[] = [];
  for (const level of after) {
    const old = left.get(level[0]);
    left.delete(level[0]);
    if (old === undefined || old[1] !== level[1] || old[3] !== level[3]) news.push(level);
  }
  return [...news, ...[...left.keys()].map((price): Level => [price, '0', '0', '0'])];
}

const TRADES_MAX = 100;

/** Trades since the last one that was told, oldest first, each a message. */
function tradesTopic(asked: Asked): Topic {
  let last = 0;
  const read = (world: World, limit: number): readonly Fields[] =>
    (rowsOf(world, { ...asked, more: { limit: String(limit) } }) ?? []).filter(isFields).toReversed();
  const told = ({ source, ...row }: Fields): Body => ({ data: [{ ...row, count: '1', source, seqId: Number(row['tradeId']) }] });
  return {
    changes: (world) => {
      const rows = read(world, TRADES_MAX).filter((row) => Number(textField(row, 'tradeId')) > last);
      last = Number(rows.at(-1)?.['tradeId'] ?? last);
      return rows.map(told);
    },
    opening: (world) => {
      const rows = read(world, 1);
      if (last === 0) last = Number(rows[0]?.['tradeId'] ?? 0);
      return rows.map(told);
    },
  };
}

/** The bar that is being formed, whenever it changed, and once more when it is over. */
function candlesTopic(asked: Asked): Topic {
  let [last, told] = [0, ''];
  const read = (world: World): readonly unknown[] => {
    const more = last === 0 ? { limit: '1' } : { limit: '300', before: String(last - 1) };
    return (rowsOf(world, { ...asked, more }) ?? []).toReversed();
  };
  const changes = (world: World): readonly Body[] => {
    const rows = read(world);
    const news = JSON.stringify(rows[0]) === told ? rows.slice(1) : rows;
    const newest: unknown = rows.at(-1);
    if (Array.isArray(newest)) [last, told] = [Number(newest[0]), JSON.stringify(newest)];
    return news.map((row) => ({ data: [row] }));
  };
  return {
    changes,
    opening: (world) => {
      const rows = rowsOf(world, { ...asked, more: { limit: '1' } }) ?? [];
      if (last === 0) changes(world);
      return rows.map((row) => ({ data: [row] }));
    },
  };
}
