import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { sign } from '../../src/crypto/ed25519.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { signingPayload } from '../../src/consensus/transaction.js';
import { startLocalNode } from '../../examples/localNode.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { ADD, STATUS } from '../support/operations.js';

const network = developmentNetwork();
const address = (account: { publicKey: Uint8Array }) => encodeAddress(network.addressPrefix, account.publicKey);

describe('a node that is killed while it takes transactions and mines', () => {
  it('has lost no acknowledged transaction', async () => {
    const data = temporaryFolder();
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const node = await startLocalNode({ data, args: ['--mine', '0'] });
      let enough = (): void => undefined;
      const some = new Promise<void>((resolve) => (enough = resolve));
      // Each account sends until the connection breaks; the kill comes while the others wait for their answers.
      const sending = Array.from({ length: 8 }, async (_, index) => {
        const account = developmentAccount(index);
        const { balance } = await node.ask<{ balance: { nextNonce: string } }>(
          'query ($a: Address!) { balance(address: $a) { nextNonce } }',
          { a: address(account) },
        );
        for (let nonce = BigInt(balance.nextNonce); ; nonce++) {
          const unsigned = {
            sender: account.publicKey,
            recipient: developmentAccount(9).publicKey,
            amount: 1n,
            fee: 1n,
            nonce,
            memo: '',
          };
          const t = {
            sender: address(account),
            recipient: address(developmentAccount(9)),
            amount: '1',
            fee: '1',
            nonce: `${nonce}`,
            signature: toHex(sign(signingPayload(network.chainId, unsigned), account)),
          };
          const { outcome } = await node.ask<{ outcome: { transaction?: { id: string }; code?: string } }>(ADD, { t });
          assert.ok(outcome.transaction, outcome.code);
          acknowledged.push(outcome.transaction.id);
          if (acknowledged.length >= 25 * (round + 1)) enough();
        }
      });
      const ended = Promise.allSettled(sending);
      await Promise.race([some, ended]);
      await node.stop('SIGKILL');
      for (const result of await ended) {
        // Only the broken connection may have ended it.
        assert.match(String(result.status === 'rejected' && result.reason), /fetch failed|terminated|ECONN|socket/i);
      }
    }
    const node = await startLocalNode({ data });
    try {
      for (const id of acknowledged) {
        const { transaction } = await node.ask<{ transaction: { status: { __typename: string } } | null }>(STATUS, {
          id,
        });
        assert.ok(
          ['TransactionPending', 'TransactionConfirmed'].includes(transaction?.status.__typename ?? 'lost'),
          id,
        );
      }
    } finally {
      await node.stop();
    }
  });
});
