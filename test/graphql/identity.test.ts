import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getNamedType, isNonNullType, isObjectType } from 'graphql';
import { createSchema } from '../../src/graphql/schema.js';
import type { Peer } from '../../src/peers/peer.js';
import { testAccount } from '../support/blocks.js';
import { at, testApi } from './testApi.js';

describe('the id of an object', () => {
  it('is the hash of a block, the address of a balance and the URL of a peer', async () => {
    const peer: Peer = {
      ...{ url: 'http://127.0.0.1:4001/graphql', status: 'CONNECTED' },
      ...{ consecutiveFailures: 0, standing: 0, queued: 0 },
    };
    const api = testApi();
    const peers = { ...api.services.peers, list: () => [peer] };
    const { ask, mine, address } = testApi({ peers });
    await mine();
    const answer = await ask(
      'query ($address: Address!) { chain { tip { id hash } } balance(address: $address) { id address } peers { id url } }',
      { address: address(testAccount(0).publicKey) },
    );
    assert.equal(at(answer, 'chain', 'tip', 'id'), at(answer, 'chain', 'tip', 'hash'));
    assert.equal(at(answer, 'balance', 'id'), address(testAccount(0).publicKey));
    assert.deepEqual(at(answer, 'peers'), [{ id: peer.url, url: peer.url }]);
  });

  it('is there, and never null, wherever a client may meet one object twice', () => {
    const types = Object.values(createSchema({ addressPrefix: 'cor' }).getTypeMap());
    const identified = types.flatMap((type) => {
      const id = isObjectType(type) ? type.getFields()['id'] : undefined;
      return id && isNonNullType(id.type) ? [`${type.name}: ${getNamedType(id.type).name}`] : [];
    });
    assert.deepEqual(identified.sort(), [
      'Balance: ID',
      'Block: ID',
      'Chain: Hash',
      'NodeInfo: String',
      'Peer: ID',
      'Transaction: Hash',
      'TransactionValid: Hash',
    ]);
  });
});
