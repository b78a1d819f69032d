import type { TableName } from '../keys.js';
import { type DatabaseView, viewOf } from './databaseView.js';
import { type Environment, openForReading } from './environment.js';

/** A database that another process of this node writes: views of what was on disk when each was made. */
export class DatabaseReader<Name extends TableName> {
  readonly #environment: Environment;
  readonly #views = new Set<DatabaseView<Name>>();

  /** Opens the file, which exists and has these tables. Throws DataFolderError. */
  constructor(path: string, tables: readonly Name[]) {
    this.#environment = openForReading(path, tables);
  }

  /** A view of the last commit. The caller releases it. */
  view(): DatabaseView<Name> {
    return viewOf(this.#environment, this.#views);
  }

  /** Releases the views that are left. */
  async close(): Promise<void> {
    for (const view of this.#views) view.release();
    await this.#environment.root.close();
  }
}
