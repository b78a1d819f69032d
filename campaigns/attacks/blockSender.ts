import { Agent } from 'node:http';
import type { Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';

import { localSigner } from '../../src/wallet/signer.js';
import { Wire } from '../../src/peers/client/wire.js';
import { testAccount } from '../../test/support/blocks.js';
import { sealedHeaders } from '../../test/support/envelope.js';
import type { NodeRun } from '../nodeRun.js';
import { operation, send } from './http.js';
import { at } from './stage.js';

/** Pushes blocks to a node, as a stranger who has made itself a key: its identity is proven, and nobody knows it. */
export class BlockSender {
  readonly #node: NodeRun;
  readonly #network: Network;
  readonly #receiver: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #wire: Wire;
  readonly #answers = new Map<string, number>();

  private constructor(node: NodeRun, network: Network, receiver: string) {
    this.#node = node;
    this.#network = network;
    this.#receiver = receiver;
    this.#wire = new Wire(network);
  }

  static async of(node: NodeRun, network: Network): Promise<BlockSender> {
    const { nodeInfo } = await node.ask<{ nodeInfo: { id: string } }>('{ nodeInfo { id } }');
    return new BlockSender(node, network, nodeInfo.id);
  }

  /** False if the node refused it. `url` is where the sender claims to be. */
  async send(block: Block, url = ''): Promise<boolean> {
    const body = operation(PUSH, { block: this.#wire.blockInput(block) });
    const { chainId } = this.#network;
    const headers = await sealedHeaders(body, { key: KEY, receiver: this.#receiver, chainId, publicUrl: url });
    const { status, code } = await send(at(this.#node), { body, headers, agent: this.#agent });
    const answer = status === 200 && code === 'answered' ? 'accepted' : `${status} ${code}`;
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
    return answer === 'accepted';
  }

  /** What the node said, and how often. */
  get told(): string {
    return [...this.#answers].map(([answer, count]) => `${count} × ${answer}`).join(', ');
  }
}

const KEY = localSigner(testAccount(666));
const PUSH =
  'mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) { __typename ... on Rejected { code } } }';
