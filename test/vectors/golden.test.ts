import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  blockHash,
  createHeader,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  sealHash,
  transactionsRoot,
} from '../../src/consensus/block.js';
import { developmentAccount, developmentNetwork, subsidyAt } from '../../src/consensus/network.js';
import { meetsTarget, workOf } from '../../src/consensus/pow.js';
import {
  createTransaction,
  decodeTransaction,
  signingPayload,
  checkTransactionAlone,
} from '../../src/consensus/transaction.js';
import { decodeAddress, encodeAddress } from '../../src/crypto/address.js';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed, sign, verifySignature } from '../../src/crypto/ed25519.js';
import { sha256 } from '../../src/crypto/hash.js';
import { auditPath, merkleLeaf, merkleRoot, verifyAuditPath } from '../../src/crypto/merkle.js';
import { readGolden } from './vectorFiles.js';

interface GoldenNetwork {
  readonly parametersHash: string;
  readonly parameters: string;
  readonly genesisSeal: string;
  readonly genesisHeader: string;
  readonly chainId: string;
  readonly accounts: readonly Record<'seed' | 'publicKey' | 'address', string>[];
  readonly subsidies: readonly { readonly height: number; readonly subsidy: string }[];
}

type GoldenTransaction = Record<
  | 'name'
  | 'seed'
  | 'sender'
  | 'recipient'
  | 'amount'
  | 'fee'
  | 'nonce'
  | 'memo'
  | 'payload'
  | 'id'
  | 'signature'
  | 'leaf'
  | 'encoded',
  string
>;

interface GoldenBlock extends Record<
  'name' | 'previousHash' | 'transactionsRoot' | 'miner' | 'nonce' | 'header' | 'seal' | 'hash' | 'work',
  string
> {
  readonly height: number;
  readonly transactionCount: number;
  readonly timestamp: number;
  readonly target: number;
  readonly meetsTarget: boolean;
}

interface GoldenTree {
  readonly count: number;
  readonly root: string;
  readonly paths: readonly (readonly string[])[];
}

describe('golden vectors: the development network', () => {
  const golden = readGolden('network.json') as GoldenNetwork;
  const network = developmentNetwork();

  it('has the pinned genesis and chain id', () => {
    assert.equal(toHex(sha256(fromHex(golden.parameters))), golden.parametersHash);
    assert.equal(toHex(network.genesis.header.previousHash), golden.parametersHash);
    assert.equal(toHex(sha256(fromHex(golden.genesisHeader))), golden.genesisSeal);
    assert.equal(toHex(sealHash(network.genesis.header)), golden.genesisSeal);
    assert.equal(toHex(network.chainId), golden.chainId);
  });

  it('has the pinned accounts and addresses', () => {
    for (const [index, { seed, publicKey, address }] of golden.accounts.entries()) {
      const account = developmentAccount(index);
      assert.equal(toHex(account.seed), seed);
      assert.equal(toHex(account.publicKey), publicKey);
      assert.equal(encodeAddress('cordev', account.publicKey), address);
      assert.equal(toHex(decodeAddress('cordev', address)), publicKey);
      assert.ok(network.allocations.some((allocation) => toHex(allocation.publicKey) === publicKey));
    }
    assert.equal(golden.accounts.length, network.allocations.length);
  });

  it('pays the pinned subsidies', () => {
    for (const { height, subsidy } of golden.subsidies) assert.equal(subsidyAt(network, height), BigInt(subsidy));
  });
});

describe('golden vectors: transactions', () => {
  const golden = readGolden('transactions.json') as { chainId: string; transactions: GoldenTransaction[] };
  const chainId = fromHex(golden.chainId);

  for (const vector of golden.transactions) {
    it(vector.name, () => {
      const unsigned = {
        sender: fromHex(vector.sender),
        recipient: fromHex(vector.recipient),
        amount: BigInt(vector.amount),
        fee: BigInt(vector.fee),
        nonce: BigInt(vector.nonce),
        memo: vector.memo,
      };
      const payload = signingPayload(chainId, unsigned);
      assert.equal(toHex(payload), vector.payload);
      const signature = sign(payload, keyPairFromSeed(fromHex(vector.seed)));
      assert.equal(toHex(signature), vector.signature);
      assert.ok(verifySignature(unsigned.sender, payload, signature));
      const transaction = createTransaction(chainId, unsigned, signature);
      assert.equal(toHex(transaction.id), vector.id);
      assert.equal(toHex(transaction.leaf), vector.leaf);
      assert.equal(toHex(transaction.encoded), vector.encoded);
      assert.equal(transaction.size, vector.encoded.length / 2);
      assert.deepEqual(decodeTransaction(chainId, fromHex(vector.encoded)), transaction);
      assert.equal(checkTransactionAlone(transaction), undefined);
    });
  }
});

describe('golden vectors: headers', () => {
  const { blocks } = readGolden('blocks.json') as { blocks: GoldenBlock[] };

  for (const vector of blocks) {
    it(vector.name, () => {
      const template = {
        height: vector.height,
        previousHash: fromHex(vector.previousHash),
        transactionsRoot: fromHex(vector.transactionsRoot),
        transactionCount: vector.transactionCount,
        timestamp: vector.timestamp,
        target: vector.target,
        miner: fromHex(vector.miner),
      };
      const nonce = BigInt(vector.nonce);
      const header = createHeader(template, nonce);
      const encoded = encodeHeader(header);
      assert.equal(toHex(encoded.subarray(0, HEADER_BYTES)), vector.header);
      assert.equal(toHex(sealHash(template)), vector.seal);
      assert.equal(toHex(blockHash(fromHex(vector.seal), nonce)), vector.hash);
      assert.equal(toHex(header.hash), vector.hash);
      assert.deepEqual(decodeHeader(encoded), header);
      assert.equal(meetsTarget(header.hash, header.target), vector.meetsTarget);
      assert.equal(workOf(header.target), BigInt(vector.work));
    });
  }

  it('a root over three pinned transactions', () => {
    const { chainId, transactions } = readGolden('transactions.json') as {
      chainId: string;
      transactions: GoldenTransaction[];
    };
    const three = transactions.slice(0, 3).map(({ encoded }) => decodeTransaction(fromHex(chainId), fromHex(encoded)));
    assert.equal(toHex(transactionsRoot(three)), blocks[2]!.transactionsRoot);
  });
});

describe('golden vectors: Merkle trees', () => {
  const golden = readGolden('merkle.json') as { leaves: string[]; trees: GoldenTree[] };
  const leaves = golden.leaves.map(fromHex);

  it('leaf i is the leaf hash of the byte i', () => {
    assert.deepEqual(
      leaves,
      leaves.map((_, index) => merkleLeaf(Uint8Array.of(index))),
    );
  });

  for (const { count, root, paths } of golden.trees) {
    it(`the root of ${count} leaves, and a path for each`, () => {
      const some = leaves.slice(0, count);
      assert.equal(toHex(merkleRoot(some)), root);
      assert.equal(paths.length, count);
      for (const [index, path] of paths.entries()) {
        assert.deepEqual(auditPath(some, index).map(toHex), path);
        assert.ok(verifyAuditPath(some[index]!, index, count, path.map(fromHex), fromHex(root)));
      }
    });
  }
});
