import { equalBytes, toHex } from '../crypto/bytes.js';
import type { ChainReader, StoredHeader } from './chainStore.js';

/** The headers of a best chain as they will be once some blocks that extend it are stored. */
export class ExtendedHeaders {
  readonly #stored: Pick<ChainReader, 'header'>;
  readonly #added = new Map<string, StoredHeader>();
  #tip: StoredHeader;

  constructor(stored: Pick<ChainReader, 'tip' | 'header'>) {
    this.#stored = stored;
    this.#tip = stored.tip();
  }

  tip(): StoredHeader {
    return this.#tip;
  }

  header(hash: Uint8Array): StoredHeader | undefined {
    return this.#added.get(toHex(hash)) ?? this.#stored.header(hash);
  }

  /** Adds the block after the tip. */
  append(header: StoredHeader): void {
    if (!equalBytes(header.previousHash, this.#tip.hash))
      throw new Error('expected the block after the tip, got another');
    this.#added.set(toHex(header.hash), header);
    this.#tip = header;
  }
}
