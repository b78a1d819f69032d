import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createHeader, decodeBody, decodeHeader, encodeBody, encodeHeader } from '../../src/consensus/block.js';
import { compactFromTarget, requiredTarget, targetFromCompact } from '../../src/consensus/pow.js';
import {
  createTransaction,
  decodeTransaction,
  checkTransactionForm,
  type Transaction,
} from '../../src/consensus/transaction.js';
import { decodeAddress, encodeAddress } from '../../src/crypto/address.js';
import { Decoder, Encoder } from '../../src/crypto/encoder.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const chainId = new Uint8Array(32).fill(7);

const memo = fc.string({ unit: 'grapheme', maxLength: 64 }).filter((text) => Buffer.byteLength(text) <= 64);
const transaction: fc.Arbitrary<Transaction> = fc
  .record({
    unsigned: fc.record({
      sender: bytes(32),
      recipient: bytes(32),
      amount: uint64,
      fee: uint64,
      nonce: uint64,
      memo,
    }),
    signature: bytes(64),
  })
  .map(({ unsigned, signature }) => createTransaction(chainId, unsigned, signature));

const header = fc
  .record({
    height: fc.maxSafeNat(),
    previousHash: bytes(32),
    transactionsRoot: bytes(32),
    transactionCount: fc.nat({ max: 2 ** 32 - 1 }),
    timestamp: fc.maxSafeNat(),
    target: fc.nat({ max: 2 ** 32 - 1 }),
    miner: bytes(32),
    nonce: uint64,
  })
  .map(({ nonce, ...template }) => createHeader(template, nonce));

describe('an encoded value comes back the same', () => {
  it('a transaction, and it has the size it says', () => {
    fc.assert(
      fc.property(transaction, (made) => {
        assert.equal(checkTransactionForm(made), undefined);
        const encoded = made.encoded;
        assert.equal(encoded.length, made.size);
        assert.deepEqual(decodeTransaction(chainId, encoded), made);
      }),
    );
  });

  it('a body', () => {
    fc.assert(
      fc.property(fc.array(transaction, { maxLength: 8 }), (made) => {
        assert.deepEqual(decodeBody(chainId, encodeBody(made)), made);
      }),
    );
  });

  it('a header', () => {
    fc.assert(fc.property(header, (made) => assert.deepEqual(decodeHeader(encodeHeader(made)), made)));
  });

  it('an address', () => {
    const prefix = fc.stringMatching(/^[a-z]{2,10}$/);
    fc.assert(
      fc.property(prefix, bytes(32), (p, key) => assert.deepEqual(decodeAddress(p, encodeAddress(p, key)), key)),
    );
  });

  it('a field of any width', () => {
    const fields = fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 65_535 }), fc.nat({ max: 2 ** 32 - 1 }), uint64);
    fc.assert(
      fc.property(fields, ([a, b, c, d]) => {
        const decoder = new Decoder(new Encoder(15).u8(a).u16(b).u32(c).u64(d).finish());
        assert.deepEqual([decoder.u8(), decoder.u16(), decoder.u32(), decoder.u64()], [a, b, c, d]);
        decoder.finish();
      }),
    );
  });
});

describe('a decoded value encodes to the same bytes: no value has two spellings', () => {
  it('of a transaction, whatever bytes came', () => {
    const flip = fc.record({ made: transaction, at: fc.nat(), to: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(flip, ({ made, at, to }) => {
        const encoded = made.encoded;
        const changed = encoded.with(at % encoded.length, to);
        let decoded: Transaction;
        try {
          decoded = decodeTransaction(chainId, changed);
        } catch (error) {
          assert.ok(error instanceof RangeError);
          return;
        }
        assert.deepEqual(createTransaction(chainId, decoded, decoded.signature).encoded, changed);
      }),
    );
  });

  it('of a compact target: every 32-bit number is the form of one target or of no target', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0x22ffffff }), (compact) => {
        const target = targetFromCompact(compact);
        if (target !== undefined) assert.equal(compactFromTarget(target), compact);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a target: its form is the largest at or below it', () => {
    const target = fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(target, ([large, shift]) => {
        const exact = (large >> BigInt(shift)) + 1n;
        if (exact >= 2n ** 256n) return;
        const compact = compactFromTarget(exact);
        const rounded = requiredTarget(compact);
        assert.ok(rounded <= exact);
        const next = targetFromCompact(compact + 1);
        assert.ok(next === undefined || next > exact);
      }),
      { numRuns: 1_000 },
    );
  });
});
