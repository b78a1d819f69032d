/**
 * Writes the fixed-width big-endian fields of docs/protocol.md into one buffer of known length. A number that its field cannot hold
 * throws RangeError: DataView would wrap it, and two values would share one encoding and one hash.
 */
export class Encoder {
  readonly bytes: Uint8Array;
  #offset = 0;

  /** `length` is the exact number of bytes to be written. */
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  u8(value: number): this {
    return this.#number(checked(value, MAX_U8), 1);
  }

  u16(value: number): this {
    return this.#number(checked(value, MAX_U16), 2);
  }

  u32(value: number): this {
    return this.#number(checked(value, MAX_U32), 4);
  }

  u64(value: bigint): this {
    if (value < 0n || value > MAX_U64) throw new RangeError(`expected an unsigned 64-bit number, got ${value}`);
    field.setBigUint64(0, value);
    return this.raw(fieldBytes);
  }

  /** The bytes as they are; `length` says how many they must be, where two such fields could make up for each other. */
  raw(value: Uint8Array, length = value.length): this {
    if (value.length !== length) throw new RangeError(`expected ${length} bytes, got ${value.length}`);
    this.bytes.set(value, this.#offset);
    this.#offset += value.length;
    return this;
  }

  /** Without a DataView, which would take a short array's few bytes out of the heap, at several times the cost of the rest. */
  #number(value: number, width: number): this {
    if (this.#offset + width > this.bytes.length) throw new RangeError(`expected ${this.bytes.length} bytes, got more`);
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) this.bytes[this.#offset++] = value >>> shift;
    return this;
  }

  /** The finished bytes; throws if fewer than announced were written. */
  finish(): Uint8Array {
    if (this.#offset !== this.bytes.length) {
      throw new RangeError(`expected ${this.bytes.length} bytes to be written, got ${this.#offset}`);
    }
    return this.bytes;
  }
}

/** Reads what Encoder wrote; every read past the end throws RangeError. */
export class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  /** A copy of the next `length` bytes, so that it outlives the buffer it was read from. */
  raw(length: number): Uint8Array {
    const start = this.#advance(length);
    return Uint8Array.prototype.slice.call(this.#bytes, start, start + length);
  }

  /** The next `length` bytes without a copy: for one who copies what is to outlive the buffer. */
  view(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Throws unless every byte was read. */
  finish(): void {
    if (this.remaining !== 0) throw new RangeError(`expected the end of the data, got ${this.remaining} more bytes`);
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.remaining) throw new RangeError(`expected ${length} more bytes, got ${this.remaining}`);
    this.#offset = start + length;
    return start;
  }
}

function checked(value: number, maximum: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return value;
  throw new RangeError(`expected a whole number from 0 to ${maximum}, got ${value}`);
}

const MAX_U8 = 2 ** 8 - 1;
const MAX_U16 = 2 ** 16 - 1;
const MAX_U32 = 2 ** 32 - 1;
const MAX_U64 = (1n << 64n) - 1n;
/** Of u64; reused, since nothing else runs within a call. */
const field = new DataView(new ArrayBuffer(8));
const fieldBytes = new Uint8Array(field.buffer);
