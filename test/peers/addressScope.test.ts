import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressScope, isBelievable, type AddressScope } from '../../src/peers/addressScope.js';

const hosts: Record<AddressScope, readonly string[]> = {
  loopback: ['127.0.0.1', '127.255.255.254', '[::1]', '2130706433', '0x7f.1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '[fd00::1]'],
  public: ['8.8.8.8', '172.32.0.1', '172.15.255.255', '100.128.0.1', '[2606:4700::1111]', 'node.example', 'localhost'],
  unusable: [
    '0.0.0.0',
    '169.254.169.254',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[fe80::1]',
    '[ff02::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:db8::1]',
    '[2001::1]',
  ],
};

describe('the scope of an address', () => {
  for (const [scope, names] of Object.entries(hosts)) {
    for (const name of names) {
      it(`of ${name} is ${scope}`, () => {
        assert.equal(addressScope(new URL(`http://${name}`).hostname), scope);
      });
    }
  }

  it('of an address as the resolver gives it is that of the same address in a URL', () => {
    assert.deepEqual(['::1', 'fd00::1', '2606:4700::1111', 'fe80::1%lo'].map(addressScope), [
      'loopback',
      'private',
      'public',
      'unusable',
    ]);
  });
});

describe('an address is believed', () => {
  const url = (host: string) => `http://${host}:4000/graphql`;
  const believed: readonly (readonly [address: string, teller: string, boolean])[] = [
    ['8.8.8.8', '9.9.9.9', true],
    ['8.8.8.8', '127.0.0.1', true],
    ['node.example', '9.9.9.9', true],
    ['10.0.0.1', '9.9.9.9', false],
    ['10.0.0.1', 'node.example', false],
    ['10.0.0.1', '10.0.0.2', true],
    ['10.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '9.9.9.9', false],
    ['127.0.0.1', '10.0.0.2', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['[::1]', '127.0.0.1', true],
    ['169.254.169.254', '127.0.0.1', false],
    ['[::ffff:10.0.0.1]', '10.0.0.2', false],
  ];
  for (const [address, teller, expected] of believed) {
    it(`${address} from ${teller}: ${expected}`, () => {
      assert.equal(isBelievable(url(address), url(teller)), expected);
    });
  }
});
