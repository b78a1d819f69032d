import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditPath, merkleLeaf, MerkleTree, merkleRoot, verifyAuditPath } from '../../src/crypto/merkle.js';
import { concatBytes, toHex } from '../../src/crypto/bytes.js';
import { sha256 } from '../../src/crypto/hash.js';

const leaves = Array.from({ length: 9 }, (_, index) => merkleLeaf(Uint8Array.of(index)));
const node = (left: Uint8Array, right: Uint8Array) => sha256(concatBytes(Uint8Array.of(1), left, right));

describe('the Merkle root', () => {
  it('puts the largest power of two to the left, as RFC 9162 section 2.1.1 says', () => {
    const pair = (index: number) => node(leaves[index]!, leaves[index + 1]!);
    const seven = node(node(pair(0), pair(2)), node(pair(4), leaves[6]!));
    assert.equal(toHex(merkleRoot(leaves.slice(0, 7))), toHex(seven));
  });

  it('never duplicates a leaf: a list and the same with its last one twice have two roots (CVE-2012-2459)', () => {
    const three = leaves.slice(0, 3);
    assert.notDeepEqual(merkleRoot(three), merkleRoot([...three, three[2]!]));
  });

  it('keeps leaves and nodes apart: a list of two nodes is not the list of their leaves', () => {
    const four = leaves.slice(0, 4);
    const nodes = [node(four[0]!, four[1]!), node(four[2]!, four[3]!)];
    assert.equal(toHex(merkleRoot(nodes)), toHex(merkleRoot(four)), 'nodes given as leaf hashes make the same root');
    const data = concatBytes(four[0]!, four[1]!);
    assert.notDeepEqual(merkleLeaf(data), nodes[0], 'but no data hashes to a node');
  });

  it('commits to the order', () => {
    const [a, b] = leaves as [Uint8Array, Uint8Array];
    assert.notDeepEqual(merkleRoot([a, b]), merkleRoot([b, a]));
  });
});

describe('an audit path', () => {
  const root = merkleRoot(leaves);
  const path = auditPath(leaves, 4);
  const leaf = leaves[4]!;

  it('is refused for another index, count, leaf, root, order or length', () => {
    assert.ok(verifyAuditPath(leaf, 4, 9, path, root));
    for (const index of [0, 3, 5, 8]) assert.equal(verifyAuditPath(leaf, index, 9, path, root), false, `${index}`);
    for (const count of [5, 8, 17]) assert.equal(verifyAuditPath(leaf, 4, count, path, root), false, `${count}`);
    assert.equal(verifyAuditPath(leaves[5]!, 4, 9, path, root), false);
    assert.equal(verifyAuditPath(leaf, 4, 9, path, merkleRoot(leaves.slice(0, 8))), false);
    assert.equal(verifyAuditPath(leaf, 4, 9, [...path].reverse(), root), false);
    assert.equal(verifyAuditPath(leaf, 4, 9, path.slice(1), root), false);
    assert.equal(verifyAuditPath(leaf, 4, 9, path.slice(0, -1), root), false);
    assert.equal(verifyAuditPath(leaf, 4, 9, [...path, leaf], root), false);
    // A longer path to a root made for it: nine leaves have no such tree.
    assert.equal(verifyAuditPath(leaf, 4, 9, [...path, leaf], node(leaf, root)), false);
  });

  it('of an index that is not in the list does not exist', () => {
    assert.ok(auditPath(leaves, 8));
    for (const index of [9, -1, 0.5]) {
      assert.throws(() => auditPath(leaves, index), { name: 'RangeError', message: /expected an index from 0 to 8/ });
      assert.equal(verifyAuditPath(leaf, index, 9, path, root), false);
    }
    assert.throws(() => auditPath([], 0), RangeError);
    assert.equal(verifyAuditPath(leaf, 0, 0, [], root), false);
  });
});

describe('MerkleTree', () => {
  it('has the paths of auditPath, for lists of every length', () => {
    for (let count = 1; count <= leaves.length; count++) {
      const list = leaves.slice(0, count);
      const tree = new MerkleTree(concatBytes(...list));
      for (let index = 0; index < count; index++) assert.deepEqual(tree.path(index), auditPath(list, index));
      assert.throws(() => tree.path(count), /expected an index from 0 to/);
      assert.throws(() => tree.path(-1), RangeError);
    }
  });
});
