// Looks at tables that were there before us: adds what is missing to compatible ones, stops by name at the others.
import type BetterSqlite3 from 'better-sqlite3';

/** The file cannot be used as it is; the message names the file, or the table and its columns. */
export class IncompatibleDatabaseError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IncompatibleDatabaseError';
  }
}

interface Column {
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
}

/** A table that an older version of the forum may have made. */
interface Adoptable {
  /** Without these it is some other table of the same name. */
  required: string[];
  /** Added when missing: column → its definition. */
  addable: Record<string, string>;
  /** Columns that are not ours but that our inserts know how to fill. */
  filled: string[];
  /** Stays empty at times: a NOT NULL here would refuse a picture after it was paid. */
  optional: string;
}

const ADOPTABLE: Record<string, Adoptable> = {
  character_profiles: {
    required: ['id', 'user_id', 'game_id', 'name', 'base_description'],
    addable: {
      style_modifiers: 'TEXT',
      reference_seed: 'INTEGER',
      reference_image_url: 'TEXT',
      created_at: 'TEXT',
    },
    filled: [],
    optional: 'reference_image_url',
  },
  post_images: {
    required: ['id', 'post_id', 'prompt', 'image_url'],
    addable: {
      character_profile_id: 'INTEGER REFERENCES character_profiles(id) ON DELETE SET NULL',
      negative_prompt: 'TEXT',
      thumbnail_url: 'TEXT',
      generation_params: 'TEXT',
      created_at: 'TEXT',
    },
    filled: ['user_id'],
    optional: 'character_profile_id',
  },
};

/**
 * @param tables the forum's tables and the columns of them that our foreign keys and queries stand on
 * @throws IncompatibleDatabaseError when the file is not a forum's
 */
export function assertForumTables(connection: BetterSqlite3.Database, tables: Record<string, string[]>): void {
  for (const [table, wanted] of Object.entries(tables)) {
    const present = columnsOf(connection, table).map((column) => column.name);
    if (present.length === 0) {
      throw new IncompatibleDatabaseError(`This is not the forum's database: it has no table ${table}.`);
    }
    const missing = wanted.filter((name) => !present.includes(name));
    if (missing.length > 0) {
      throw new IncompatibleDatabaseError(`The forum's table ${table} has no column ${missing.join(', ')}.`);
    }
  }
}

/**
 * Adds missing columns to older tables of ours. Rows are kept as they are.
 * @throws IncompatibleDatabaseError naming the table and the columns in the way
 */
export function adoptOlderTables(connection: BetterSqlite3.Database): void {
  for (const [table, rule] of Object.entries(ADOPTABLE)) {
    assertTable(connection, table);
    const columns = columnsOf(connection, table);
    if (columns.length === 0) continue;
    assertCompatible(table, columns, rule);
    for (const [name, definition] of Object.entries(rule.addable)) {
      if (columns.some((column) => column.name === name)) continue;
      connection.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`);
    }
    // An erasure looks for a user there with the forum's lock in hand.
    for (const name of rule.filled.filter((filled) => columns.some((column) => column.name === filled))) {
      connection.exec(`CREATE INDEX image_${table}_by_${name} ON ${table} (${name})`);
    }
  }
}

/** CREATE TABLE IF NOT EXISTS is content with a view, and only the next statement fails, without saying why. */
function assertTable(connection: BetterSqlite3.Database, name: string): void {
  const kind = kindOf(connection, name);
  if (!kind || kind === 'table') return;
  throw new IncompatibleDatabaseError(
    `The ${kind} ${name} is in the way: this service needs a table of that name. It was left untouched; rename it and start again.`,
  );
}

function assertCompatible(table: string, columns: Column[], rule: Adoptable): void {
  const faults: string[] = [];
  const names = columns.map((column) => column.name);
  const missing = rule.required.filter((name) => !names.includes(name));
  if (missing.length > 0) faults.push(`lacks ${missing.join(', ')}`);
  const id = columns.find((column) => column.name === 'id');
  const keys = columns.filter((column) => column.pk > 0);
  if (id && (keys.length !== 1 || keys[0] !== id || id.type.toUpperCase() !== 'INTEGER'))
    faults.push('has an id that is no INTEGER PRIMARY KEY');
  const known = [...rule.required, ...Object.keys(rule.addable), ...rule.filled];
  const unfillable = columns.filter((column) => column.notnull && column.dflt_value === null && !column.pk);
  const strange = unfillable.map((column) => column.name).filter((name) => !known.includes(name));
  if (strange.length > 0) faults.push(`demands ${strange.join(', ')}, which this service knows nothing of`);
  if (columns.some((column) => column.name === rule.optional && column.notnull))
    faults.push(`demands ${rule.optional}, which this service leaves empty at times`);
  if (faults.length === 0) return;
  throw new IncompatibleDatabaseError(
    `The table ${table} is in the way: it ${faults.join(' and ')}. It was left untouched; rename it and start again.`,
  );
}

/** Empty when there is no such table. A view is none: it cannot carry our foreign keys. Names in lower case, as SQLite takes them. */
export function columnsOf(connection: BetterSqlite3.Database, table: string): Column[] {
  if (kindOf(connection, table) !== 'table') return [];
  const columns = connection.pragma(`table_info(${table})`) as Column[];
  return columns.map((column) => ({ ...column, name: column.name.toLowerCase() }));
}

/** `table`, `view` or `index`; undefined when nothing has the name. A trigger is in nobody's way: its names are apart. */
function kindOf(connection: BetterSqlite3.Database, name: string): string | undefined {
  const named = "SELECT type FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type <> 'trigger'";
  return connection.prepare(named).pluck().get(name) as string | undefined;
}
