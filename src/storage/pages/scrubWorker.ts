import { checkMappedFile } from './databaseFile.js';
import { DataFolderError } from '../dataFolder.js';

/** A file that is in use, and what tables it has. */
export interface PageScrubTask {
  readonly path: string;
  readonly tables: readonly string[];
}

/** Entry of the worker thread: the message of the first fault, or undefined. */
export default function pageScrubWorker({ path, tables }: PageScrubTask): string | undefined {
  try {
    checkMappedFile(path, new Set(tables));
    return undefined;
  } catch (error) {
    if (error instanceof DataFolderError) return error.message;
    throw error;
  }
}
