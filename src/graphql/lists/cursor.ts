import { Decoder, Encoder } from '../../crypto/encoder.js';
import { badUserInput } from '../errors.js';

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
