// Reads the house's rules out of ARCHITECTURE.md, so that the page people read is the rule the build keeps.

export type Builtin = {
  readonly module: string;
  /** The names that may be imported; undefined means all. */ readonly names: readonly string[] | undefined;
};

export type Room = {
  readonly name: string;
  readonly trusted: boolean;
  readonly pure: 'yes' | 'awaits' | 'no';
  /** Rooms or folders of rooms, or 'all'. */
  readonly mayImport: readonly string[] | 'all';
  readonly packages: readonly string[];
  readonly builtins: readonly Builtin[] | 'any';
  readonly linesMax: number;
};

export type Entry = { readonly process: string; readonly file: string; readonly packages: 'none' | 'any' };

export type HouseRules = {
  readonly rooms: readonly Room[];
  readonly entries: readonly Entry[];
  readonly moneyPath: { readonly rooms: readonly string[]; readonly linesMax: number };
};

/** Parses the page; throws on anything it does not understand, because a rule that was skipped is a rule that is not kept. */
export function parseHouseRules(page: string): HouseRules {
  const rooms = tableWith(page, ['room', 'trusted', 'pure', 'may import', 'packages', 'builtins', 'lines at most']).map(parseRoom);
  const names = new Set(rooms.map((room) => room.name));
  for (const room of rooms) {
    if (room.mayImport === 'all') continue;
    for (const granted of room.mayImport) {
      if (!names.has(granted.split('/')[0] ?? '')) throw new Error(`room ${room.name} may import ${granted}, which is no room`);
    }
  }
  const entries = tableWith(page, ['process', 'entry', 'npm packages']).map((row): Entry => ({
    process: cell(row, 'process'),
    file: cell(row, 'entry'),
    packages: oneOf(row, 'npm packages', ['none', 'any']),
  }));
  const money = /money path \(([^)]+)\) is ([\d,]+) lines at most/.exec(page);
  if (money === null) throw new Error('the page does not say how long the money path may be');
  const moneyRooms = (money[1] ?? '').split(',').map((name) => name.trim());
  for (const name of moneyRooms) if (!names.has(name)) throw new Error(`the money path names ${name}, which is no room`);
  return { rooms, entries, moneyPath: { rooms: moneyRooms, linesMax: parseCount(money[2] ?? '') } };
}

type Row = ReadonlyMap<string, string>;

function parseRoom(row: Row): Room {
  const mayImport = cell(row, 'may import');
  const builtins = cell(row, 'builtins');
  return {
    name: cell(row, 'room'),
    trusted: oneOf(row, 'trusted', ['yes', 'no']) === 'yes',
    pure: oneOf(row, 'pure', ['yes', 'awaits', 'no']),
    mayImport: mayImport === 'all' ? 'all' : parseList(mayImport),
    packages: parseList(cell(row, 'packages')),
    builtins: builtins === 'any' ? 'any' : parseBuiltins(builtins),
    linesMax: parseCount(cell(row, 'lines at most')),
  };
}

function parseBuiltins(text: string): readonly Builtin[] {
  if (text === '–') return [];
  const found = [...text.matchAll(/(node:[a-z_/0-9]+)(?:\(([^)]*)\))?/g)];
  const rest = text.replaceAll(/(node:[a-z_/0-9]+)(?:\(([^)]*)\))?/g, '').trim();
  if (found.length === 0 || rest !== '') throw new Error(`cannot read the builtins ${JSON.stringify(text)}`);
  return found.map(([, module = '', names]) => ({ module, names: names?.split(' ') }));
}

function parseList(text: string): readonly string[] {
  return text === '–' ? [] : text.split(/[\s,]+/);
}

function parseCount(text: string): number {
  if (!/^\d{1,3}(,?\d{3})*$/.test(text)) throw new Error(`not a number of lines: ${JSON.stringify(text)}`);
  return Number(text.replaceAll(',', ''));
}

function oneOf<const T extends string>(row: Row, column: string, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === cell(row, column));
  if (value === undefined) throw new Error(`${column} must be one of ${values.join(', ')}, and is ${JSON.stringify(cell(row, column))}`);
  return value;
}

function cell(row: Row, column: string): string {
  const value = row.get(column);
  if (value === undefined || value === '') throw new Error(`a row of the table has no ${column}`);
  return value;
}

/** The rows of the one table that has all these columns. */
function tableWith(page: string, columns: readonly string[]): readonly Row[] {
  const lines = page.split('\n');
  const starts = lines.flatMap((line, index) => (columns.every((column) => cellsOf(line).includes(column)) ? [index] : []));
  const [start] = starts;
  if (start === undefined || starts.length !== 1)
    throw new Error(`expected one table with the columns ${columns.join(', ')}, found ${starts.length}`);
  const header = cellsOf(lines[start] ?? '');
  const rows: Row[] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const cells = cellsOf(line);
    if (cells.length !== header.length) throw new Error(`expected ${header.length} cells: ${line}`);
    rows.push(new Map(header.map((column, index) => [column, cells[index] ?? ''])));
  }
  if (rows.length === 0) throw new Error(`the table with the columns ${columns.join(', ')} has no rows`);
  return rows;
}

function cellsOf(line: string): readonly string[] {
  return line.startsWith('|')
    ? line
        .split('|')
        .slice(1, -1)
        .map((text) => text.trim())
    : [];
}
