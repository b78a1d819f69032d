import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressScope, type AddressScope, isBelievable, normalizePeerUrl } from '../../src/peers/address.js';
import fc from 'fast-check';

describe('the name of a peer', () => {
  for (const [given, expected] of [
    ['http://node.example:4000', 'http://node.example:4000/graphql'],
    ['http://node.example:4000/', 'http://node.example:4000/graphql'],
    ['HTTP://Node.Example:80/graphql', 'http://node.example/graphql'],
    ['https://node.example:443', 'https://node.example/graphql'],
    ['https://node.example/corrente/graphql', 'https://node.example/corrente/graphql'],
    ['http://node.example/graphql?query=1#here', 'http://node.example/graphql'],
    ['http://[::1]:4000', 'http://[::1]:4000/graphql'],
    ['http://[0:0:0:0:0:0:0:1]:4000/graphql', 'http://[::1]:4000/graphql'],
  ] as const) {
    it(`${given} is ${expected}, which names itself`, () => {
      assert.equal(normalizePeerUrl(given), expected);
      assert.equal(normalizePeerUrl(expected), expected);
    });
  }

  for (const given of [
    '',
    'node.example:4000',
    'ftp://node.example',
    'file:///etc/passwd',
    'http://',
    '//node.example',
  ]) {
    it(`${JSON.stringify(given)} is refused`, () => {
      assert.throws(() => normalizePeerUrl(given), {
        name: 'RangeError',
        message: /expected an http or https URL.* got/,
      });
    });
  }

  it('is at most as long as nodes tell each other, once it is percent-encoded and has a path', () => {
    const longest = `http://node.example/${'a'.repeat(2_048 - 'http://node.example/'.length)}`;
    assert.equal(normalizePeerUrl(longest), longest);
    for (const given of [`${longest}a`, `http://node.example/${'ü'.repeat(400)}`])
      assert.throws(
        () => normalizePeerUrl(given),
        /^RangeError: expected a URL of at most 2048 characters.*, got 2\d{3}$/,
      );
  });

  it('credentials are refused, and not repeated in the error', () => {
    assert.equal(normalizePeerUrl('http://node.example'), 'http://node.example/graphql');
    assert.throws(
      () => normalizePeerUrl('http://user:secret@node.example'),
      (error: Error) => error instanceof RangeError && !error.message.includes('secret'),
    );
  });
});

const hosts: Record<AddressScope, readonly string[]> = {
  loopback: ['127.0.0.1', '127.255.255.254', '[::1]', '2130706433', '0x7f.1'],
  private: [
    ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255'],
    ...['[fc00::1]', '[fd00::1]', '[fdff:ffff::1]'],
  ],
  public: [
    ...['8.8.8.8', '172.32.0.1', '172.15.255.255', '100.63.255.255', '100.128.0.1', '192.0.1.1', '223.255.255.255'],
    ...['[2000::1]', '[2001:200::1]', '[2606:4700::1111]', '[2606:4700::127.0.0.1]', '[3ffe::1]'],
    ...['node.example', 'localhost'],
  ],
  unusable: [
    // This host, link-local with the metadata services of clouds, protocol assignments.
    ...['0.0.0.0', '0.1.2.3', '169.254.169.254', '192.0.0.1'],
    // Documentation, 6to4 relays, benchmarks.
    ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1', '198.18.0.1', '198.19.255.255'],
    // Multicast, reserved, broadcast, and services that any network may answer for: AS112, AMT.
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '192.31.196.1', '192.175.48.1', '192.52.193.1'],
    // Unspecified, link-local, the former site-local, multicast, discard, segment routing.
    ...['[::]', '[fe80::1]', '[febf::1]', '[fec0::1]', '[ff02::1]', '[100::1]', '[5f00::1]'],
    // An IPv4 address inside: compatible, mapped, translated, NAT64, Teredo, 6to4, whatever the IPv4 address is.
    ...['[::127.0.0.1]', '[::8.8.8.8]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', '[::ffff:8.8.8.8]'],
    ...['[::ffff:0:127.0.0.1]', '[::ffff:0:8.8.8.8]', '[64:ff9b::7f00:1]', '[64:ff9b::808:808]', '[64:ff9b:1::1]'],
    ...['[2001::1]', '[2001:0:7f00:1::]', '[2002:7f00:1::]', '[2002:808:808::]'],
    // Benchmarks, AMT, AS112, ORCHID, drones, the rest of 2001::/23, documentation.
    ...['[2001:2::1]', '[2001:3::1]', '[2001:4:112::1]', '[2620:4f:8000::1]', '[2001:10::1]', '[2001:20::1]'],
    ...['[2001:30::1]', '[2001:1ff::1]', '[2001:db8::1]', '[3fff::1]', '[3fff:fff::1]'],
    // Outside 2000::/3: unassigned.
    ...['[::2]', '[200::1]', '[1fff:ffff::1]', '[4000::1]', '[e000::1]', '[fbff::1]'],
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

  it('of an address from the resolver equals that of the same address in a URL', () => {
    assert.deepEqual(['::1', 'fd00::1', '2606:4700::1111', 'fe80::1%lo'].map(addressScope), [
      'loopback',
      'private',
      'public',
      'unusable',
    ]);
  });

  it('does not depend on the name of an interface behind it', () => {
    assert.deepEqual(['::1%lo', 'fd00::1%br-lan.1', 'fe80::1%wlan_0'].map(addressScope), [
      'loopback',
      'private',
      'unusable',
    ]);
  });

  it('is public for no IPv6 address outside 2000::/3, in whatever notation', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const { hostname } = new URL(`http://[${address}]`);
        assert.equal(addressScope(address), addressScope(hostname));
        if (addressScope(hostname) === 'public') assert.match(hostname, /^\[[23][0-9a-f]{3}:/);
      }),
    );
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
