/** The data folder cannot be used as it is: in use, of another chain, of a newer format, or damaged. Says what was expected and what came. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

/** A database of another chain than the one that is asked for. */
export class WrongChainError extends DataFolderError {}

/** Another process uses the data folder. */
export class FolderInUseError extends DataFolderError {}
