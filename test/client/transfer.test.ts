import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTransaction, sign, type TransferFields } from '../../src/client/transfer.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { transactionInput } from '../support/node.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const addressOf = ({ publicKey }: { readonly publicKey: Uint8Array }, prefix = network.addressPrefix) =>
  encodeAddress(prefix, publicKey);
const fields: TransferFields = {
  chainId: toHex(network.chainId),
  sender: addressOf(alice),
  recipient: addressOf(bob),
  amount: 7n,
  fee: 2n,
  nonce: 0n,
  memo: 'grüße',
};

describe('a transfer made by the client', () => {
  it('has the id and the signature that the node computes', () => {
    const unsigned = createTransaction(fields);
    const { id, input } = sign(unsigned, alice);
    assert.equal(unsigned.id, id);
    const same = transfer({ network, from: alice, to: bob, amount: 7n, fee: 2n, nonce: 0, memo: 'grüße' });
    assert.equal(id, toHex(same.id));
    assert.deepEqual(input, transactionInput(network, same));
  });

  it('is the same for addresses in upper case, as a QR code has them', () => {
    const upper = { sender: fields.sender.toUpperCase(), recipient: fields.recipient.toUpperCase() };
    assert.deepEqual(sign(createTransaction({ ...fields, ...upper }), alice), sign(createTransaction(fields), alice));
  });

  it('has no fee and no memo unless they are given', () => {
    const { chainId, sender, recipient, amount, nonce } = fields;
    const { input } = sign(createTransaction({ chainId, sender, recipient, amount, nonce }), alice);
    assert.deepEqual([input.fee, input.memo], ['0', '']);
  });

  for (const [what, wrong, expected] of [
    ['another network’s recipient', { recipient: addressOf(bob, 'cor') }, /starts with cortest1, got the prefix "cor"/],
    ['a mistyped sender', { sender: `${addressOf(alice).slice(0, -1)}q` }, /checksum/],
    ['no address', { sender: '' }, /expected an address/],
    ['a malformed chain id', { chainId: 'ABC' }, /chainId: expected 64 lower-case hexadecimal characters, got "ABC"/],
    ['no amount', { amount: 0n }, /expected amount ≥ 1/],
    [
      'a negative fee',
      { fee: -1n },
      /expected amount ≥ 1 and amount \+ fee < 2\^63, got amount 0\.00000007 coins \(7 base units\) and fee -0\.00000001 coins \(-1 base units\)/,
    ],
    ['more than there can be', { amount: 2n ** 63n - 2n }, /amount \+ fee < 2\^63/],
    ['a negative nonce', { nonce: -1n }, /nonce: expected an unsigned 64-bit number, got -1/],
    ['a long memo', { memo: 'é'.repeat(33) }, /memo: expected at most 64 bytes of UTF-8, got 66/],
    ['half a character', { memo: '\ud800' }, /memo: expected well-formed Unicode/],
  ] as const) {
    it(`is refused before it is signed: ${what}`, () => {
      createTransaction(fields);
      assert.throws(() => createTransaction({ ...fields, ...wrong }), { name: 'RangeError', message: expected });
    });
  }

  it('is signed with the sender’s key only', () => {
    assert.throws(() => sign(createTransaction(fields), bob), /^RangeError: expected the key of the sender cortest1/);
  });
});
