import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { auditPath, merkleLeaf, merkleRoot, verifyAuditPath } from '../../src/crypto/merkle.js';

/** A list of different leaves and one of its positions. */
const listed = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.nat()).map(([count, at]) => ({
  leaves: Array.from({ length: count }, (_, index) => merkleLeaf(Uint8Array.of(index))),
  index: at % count,
}));

describe('a Merkle audit path', () => {
  it('proves its leaf at its place, in a tree of any size', () => {
    fc.assert(
      fc.property(listed, ({ leaves, index }) => {
        const path = auditPath(leaves, index);
        assert.equal(path.length <= Math.ceil(Math.log2(leaves.length)), true);
        assert.ok(verifyAuditPath(leaves[index]!, index, leaves.length, path, merkleRoot(leaves)));
      }),
    );
  });

  it('proves nothing else: another leaf, another place, or a changed bit anywhere', () => {
    fc.assert(
      fc.property(listed, fc.nat(), fc.nat(), ({ leaves, index }, other, bit) => {
        const path = auditPath(leaves, index);
        const root = merkleRoot(leaves);
        const count = leaves.length;
        const flip = (bytes: Uint8Array) => bytes.with((bit >> 3) % 32, bytes[(bit >> 3) % 32]! ^ (1 << (bit & 7)));
        const elsewhere = other % count;
        if (elsewhere !== index) {
          assert.ok(!verifyAuditPath(leaves[elsewhere]!, index, count, path, root));
          assert.ok(!verifyAuditPath(leaves[index]!, elsewhere, count, path, root));
        }
        assert.ok(!verifyAuditPath(flip(leaves[index]!), index, count, path, root));
        assert.ok(!verifyAuditPath(leaves[index]!, index, count, path, flip(root)));
        if (path.length === 0) return;
        const changed = path.with(other % path.length, flip(path[other % path.length]!));
        assert.ok(!verifyAuditPath(leaves[index]!, index, count, changed, root));
      }),
    );
  });

  it('a root names one list: no prefix, order or repetition shares it', () => {
    fc.assert(
      fc.property(listed, fc.nat(), ({ leaves }, cut) => {
        const root = merkleRoot(leaves);
        assert.notDeepEqual(merkleRoot([...leaves, leaves.at(-1)!]), root);
        assert.notDeepEqual(merkleRoot(leaves.slice(0, cut % leaves.length)), root);
        if (leaves.length > 1) assert.notDeepEqual(merkleRoot([...leaves].reverse()), root);
      }),
    );
  });
});
