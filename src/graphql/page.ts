import { MAX_PAGE_ITEMS } from '../consensus/protocol.js';
import { indexRange, type PageRequest } from '../util/pages.js';
import { badUserInput } from './errors.js';
import { Decoder, Encoder } from '../crypto/encoder.js';

export const DEFAULT_PAGE_SIZE = 20;
/** Lines of the log that a node remembers, and shows its operator. */
export const MAX_LOG_LINES = 500;
/** Of the budgets that are spent most, how many the operator is shown. */
export const MAX_SPENDERS = 20;

/** Arguments of every connection; first and last exclude each other. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** An ordered list that can be read from any position. */
export interface ListSource<Item, Position, Node> {
  readonly cursor: CursorFormat<Position>;
  /** In list order; never more than asked for. */
  page(request: PageRequest<Position>): readonly Item[];
  position(item: Item): Position;
  node(item: Item): Node;
  count(): number;
}

/**
 * One page of a list, in the form of the Relay connection specification. What costs a look into the store (neighbours of the
 * page, total count) is computed when the client selects it.
 */
export class Page<Item, Position, Node> {
  readonly #source: ListSource<Item, Position, Node>;
  readonly #request: PageRequest<Position>;
  readonly #items: readonly Item[];

  constructor(source: ListSource<Item, Position, Node>, page: PageArguments) {
    this.#source = source;
    this.#request = pageRequest(source.cursor, page);
    this.#items = this.#request.limit === 0 ? [] : source.page(this.#request);
  }

  get nodes(): Node[] {
    return this.#items.map((item) => this.#source.node(item));
  }

  get edges(): { cursor: string; node: Node }[] {
    return this.#items.map((item) => ({ cursor: this.#cursorOf(item), node: this.#source.node(item) }));
  }

  get totalCount(): number {
    return this.#source.count();
  }

  get pageInfo() {
    const first = this.#items[0];
    const last = this.#items.at(-1);
    return {
      startCursor: first === undefined ? undefined : this.#cursorOf(first),
      endCursor: last === undefined ? undefined : this.#cursorOf(last),
      hasPreviousPage: () => this.#hasPreviousPage(),
      hasNextPage: () => this.#hasNextPage(),
    };
  }

  #hasPreviousPage(): boolean {
    const { after, before, fromEnd } = this.#request;
    const first = this.#items[0];
    // An empty page lies right behind `after`, or right before `before` when it is read from the end.
    if (first === undefined && !fromEnd) return after !== undefined;
    const end = first === undefined ? before : this.#source.position(first);
    return this.#source.page({ before: end, limit: 1, fromEnd: true }).length > 0;
  }

  #hasNextPage(): boolean {
    const { after, before, fromEnd } = this.#request;
    const last = this.#items.at(-1);
    if (last === undefined && fromEnd) return before !== undefined;
    const start = last === undefined ? after : this.#source.position(last);
    return this.#source.page({ after: start, limit: 1, fromEnd: false }).length > 0;
  }

  #cursorOf(item: Item): string {
    return this.#source.cursor.encode(this.#source.position(item));
  }
}

function pageRequest<Position>(cursor: CursorFormat<Position>, page: PageArguments): PageRequest<Position> {
  const { first, last, after, before } = page;
  if (first != null && last != null) throw badUserInput('expected first or last, got both');
  const limit = first ?? last ?? DEFAULT_PAGE_SIZE;
  if (limit < 0 || limit > MAX_PAGE_ITEMS) {
    throw badUserInput(`${last == null ? 'first' : 'last'}: expected 0 to ${MAX_PAGE_ITEMS}, got ${limit}`);
  }
  return {
    after: after == null ? undefined : cursor.decode(after, 'after'),
    before: before == null ? undefined : cursor.decode(before, 'before'),
    limit,
    fromEnd: last != null,
  };
}

/** A position in a list as opaque text: a cursor names a place, not a page number, so that lists may grow meanwhile. */
export interface CursorFormat<Position> {
  encode(position: Position): string;
  /** Throws BAD_USER_INPUT that names the argument if the text is no cursor of this list. */
  decode(text: string, argument: string): Position;
}

/** Base64url of one byte that names the list's kind and `length` bytes of position. */
export function cursorFormat<Position>(
  kind: number,
  length: number,
  write: (encoder: Encoder, position: Position) => void,
  read: (decoder: Decoder) => Position,
): CursorFormat<Position> {
  return {
    encode: (position) => {
      const encoder = new Encoder(1 + length).u8(kind);
      write(encoder, position);
      return Buffer.from(encoder.finish()).toString('base64url');
    },
    decode: (text, argument) => {
      const bytes = Buffer.from(text, 'base64url');
      // Compared as text too: base64url decoding skips what it does not know.
      if (bytes.length !== 1 + length || bytes[0] !== kind || bytes.toString('base64url') !== text) {
        throw badUserInput(`${argument}: expected a cursor of this list, got ${JSON.stringify(text.slice(0, 80))}`);
      }
      return read(new Decoder(bytes.subarray(1)));
    },
  };
}

/** Cursor of a list whose items are numbered: blocks by height, transactions of a block by index. */
export const INDEX_CURSOR = cursorFormat<number>(
  1,
  4,
  (encoder, index) => encoder.u32(index),
  (decoder) => decoder.u32(),
);

/** A list whose items are numbered from 0, as `read` gives them; it is never asked for none. */
export function numberedList<Node>(
  count: () => number,
  read: (start: number, count: number) => readonly Node[],
): ListSource<{ readonly index: number; readonly node: Node }, number, Node> {
  return {
    cursor: INDEX_CURSOR,
    page: (request) => {
      const { start, end } = indexRange(request, count());
      return start < end ? read(start, end - start).map((node, offset) => ({ index: start + offset, node })) : [];
    },
    position: ({ index }) => index,
    node: ({ node }) => node,
    count,
  };
}
