import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AdminRequest } from '../../src/graphql/services.js';
import { addressKey, Callers, type TrustedProxies } from '../../src/http/callers/callers.js';
import { testServer } from './testServer.js';

/** Who a node with these proxies takes for the sender of a request from this machine with this header. */
async function callerBehind(trustProxy: TrustedProxies | undefined, forwarded: string): Promise<string> {
  let from = '';
  const audit = { performed: () => undefined, refused: (request: AdminRequest) => void (from = request.from) };
  const { post } = await testServer({ audit }, { trustProxy });
  await post('mutation { stopMining { id } }', { 'x-forwarded-for': forwarded });
  return from.replace('::ffff:', '');
}

describe('who asks', () => {
  it('threat forged-forwarding: is who connects, whatever X-Forwarded-For says, unless a proxy is named', async () => {
    assert.equal(await callerBehind(undefined, '198.51.100.7'), '127.0.0.1');
    assert.equal(await callerBehind({ ranges: ['10.0.0.0/8'] }, '198.51.100.7'), '127.0.0.1');
  });

  it('threat forged-forwarding: is the rightmost address that a trusted proxy did not have, however many a client adds', async () => {
    for (const trusted of [{ hops: 1 }, { ranges: ['127.0.0.0/8', '::1'] }]) {
      assert.equal(await callerBehind(trusted, '198.51.100.7'), '198.51.100.7');
      assert.equal(await callerBehind(trusted, '127.0.0.1, 10.0.0.1, 192.0.2.1, 198.51.100.7'), '198.51.100.7');
    }
    assert.equal(await callerBehind({ hops: 2 }, '192.0.2.1, 198.51.100.7, 10.0.0.1'), '198.51.100.7');
    const two = { ranges: ['127.0.0.1', '10.0.0.0/8'] };
    assert.equal(await callerBehind(two, '192.0.2.1, 198.51.100.7, 10.0.0.1'), '198.51.100.7');
  });

  it('is read without the port that some proxies add, and is the proxy where it names no address', async () => {
    assert.equal(await callerBehind({ hops: 1 }, '198.51.100.7:4711'), '198.51.100.7');
    assert.equal(await callerBehind({ hops: 1 }, '[2001:db8::7]:4711'), '2001:db8::7');
    for (const junk of ['unknown', '_hidden', '1.2.3.4.5', 'a\tb', '']) {
      assert.equal(await callerBehind({ hops: 1 }, junk), '127.0.0.1', junk);
    }
  });

  it('threat forged-forwarding: with a number of proxies, is never what a client without a proxy says', () => {
    const { trusts } = new Callers({ hops: 2 });
    assert.ok(!trusts('198.51.100.7', 0));
    assert.ok(trusts('10.0.0.1', 0) && trusts('127.0.0.1', 0) && trusts('198.51.100.7', 1));
    assert.ok(!trusts('10.0.0.1', 2) && !trusts('unknown', 1));
  });

  it('stands for many on this machine, and on its network while no proxies are named', () => {
    const [plain, proxied] = [new Callers(undefined), new Callers({ ranges: ['203.0.113.0/24'] })];
    for (const near of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      assert.ok(plain.mayStandForMany(near) && proxied.mayStandForMany(near), near);
    }
    for (const within of ['10.0.0.2', '::ffff:172.17.0.1', 'fd00::1']) {
      assert.ok(plain.mayStandForMany(within) && !proxied.mayStandForMany(within), within);
    }
    assert.ok(!plain.mayStandForMany('198.51.100.7'));
    assert.ok(proxied.maySendForMany('203.0.113.9') && !plain.maySendForMany('203.0.113.9'));
  });

  it('is told apart by IPv4 address and by IPv6 network', () => {
    assert.equal(addressKey('192.0.2.1'), '192.0.2.1');
    assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(addressKey('2a01:4f8:1:2:3:4:5:6'), addressKey('2a01:4f8:1:2::'));
    assert.notEqual(addressKey('2a01:4f8:1:2::1'), addressKey('2a01:4f8:1:3::1'));
  });
});
