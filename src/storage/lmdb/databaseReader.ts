import { DatabaseView } from './databaseView.js';
import { openForReading, type Tables } from './environment.js';
import type { RootDatabase } from 'lmdb';
import type { TableName } from '../keys.js';

/** A database that another process of this node writes: views of what was on disk when each was made. */
export class DatabaseReader<Name extends TableName> {
  readonly #root: RootDatabase;
  readonly #tables: Tables;
  readonly #views = new Set<DatabaseView<Name>>();

  /** Opens the file, which exists and has these tables. Throws DataFolderError. */
  constructor(path: string, tables: readonly Name[]) {
    const environment = openForReading(path, tables);
    this.#root = environment.root;
    this.#tables = environment.tables;
  }

  /** A view of the last commit. The caller releases it. */
  view(): DatabaseView<Name> {
    const transaction = this.#root.useReadTransaction();
    // As Database.view does.
    this.#root.resetReadTxn();
    const view = new DatabaseView<Name>(this.#tables, transaction, (released) => this.#views.delete(released));
    this.#views.add(view);
    return view;
  }

  /** Releases the views that are left. */
  async close(): Promise<void> {
    for (const view of this.#views) view.release();
    await this.#root.close();
  }
}
