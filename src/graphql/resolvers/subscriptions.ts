import { Arg, Int, Resolver, Root, Subscription } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import type { Reorganization as Reorganized } from '../../chain/outcome.js';
import type { Transaction as Signed } from '../../consensus/transaction.js';
import { Balance, type BalanceView } from '../types/account.js';
import { requireMember } from '../access.js';
import type { Context } from '../context.js';
import { Peer, type ChangedPeer } from '../types/node.js';
import { Reorganization } from '../types/outcomes.js';
import { Address, Hash } from '../types/scalars.js';
import {
  balanceSource,
  blockSource,
  queueSource,
  type Resumption,
  type StatusQuestion,
  statusSource,
} from '../live/sources.js';
import { Feed } from '../live/feed.js';
import { Block, Transaction, TransactionStatus } from '../types/ledger.js';
import type { StatusView } from '../reads.js';

/** What `subscribe` is called with: the field's arguments as their scalars parsed them. */
interface Subscriber<Arguments> {
  readonly args: Arguments;
  readonly context: Context;
}

@Resolver()
export class SubscriptionResolver {
  @Subscription(() => Block, {
    description:
      'Blocks as they join the best chain, one by one, each after its parent. A block whose height is not above that of the one before undoes what was there: after a reorganization the stream goes on with the block after the fork point. Resume with `afterHash`, and no block is missed or repeated, whatever happened meanwhile.',
    subscribe: ({ args, context }: Subscriber<Resumption>) =>
      new Feed(blockSource(args, context.view.snapshot, context.services.activity.tipChanged), context),
  })
  blockAdded(
    @Arg('afterHeight', () => Int, {
      nullable: true,
      description:
        'Start with the block after this height; -1 starts with genesis. A client whose last block left the best chain gets a block whose `previousHash` it does not expect: resume with `afterHash` instead.',
    })
    _afterHeight: number | null | undefined,
    @Arg('afterHash', () => Hash, {
      nullable: true,
      description:
        'Instead of `afterHeight`: start after this block, the last one that the client has. If it left the best chain, the stream starts at the block after the fork point. A block that this node does not know is refused with UNKNOWN_BLOCK: name an earlier one.',
    })
    _afterHash: Uint8Array | null | undefined,
    @Root() block: StoredHeader,
  ): StoredHeader {
    return block;
  }

  @Subscription(() => Reorganization, {
    description: 'Changes of the best chain to another branch, as they happen.',
    subscribe: ({ context }: Subscriber<object>) =>
      new Feed(
        queueSource<Reorganized>((add) =>
          context.services.activity.tipChanged.on(({ reorganization }) => {
            if (reorganization) add(reorganization);
          }),
        ),
        context,
      ),
  })
  chainReorganized(@Root() reorganization: Reorganized): Reorganized {
    return reorganization;
  }

  @Subscription(() => Transaction, {
    description:
      'Transactions as they enter the mempool of this node, also those that a reorganization puts back. A subscriber that does not read them in time is ended with SLOW_CONSUMER.',
    subscribe: ({ args: { address }, context }: Subscriber<{ address?: Uint8Array | null }>) => {
      const { added, addedTo } = context.services.activity;
      return new Feed(
        queueSource<Signed>((add) => (address == null ? added.on(add) : addedTo.on(address, add))),
        context,
      );
    },
  })
  transactionAdded(
    @Arg('address', () => Address, { nullable: true, description: 'Only those that this account sends or receives.' })
    _address: Uint8Array | null | undefined,
    @Root() transaction: Signed,
  ): Signed {
    return transaction;
  }

  @Subscription(() => TransactionStatus, {
    description:
      'Status now, then each change; completes when dropped or at `confirmations`. For a transaction that this node has not seen yet, the first status comes when the node sees it. A slow reader gets the newest status only.',
    subscribe: ({ args, context }: Subscriber<StatusQuestion>) =>
      new Feed(statusSource(args, context.services), context),
  })
  transactionStatus(
    @Arg('id', () => Hash, { description: 'Transaction id.' }) _id: Uint8Array,
    @Arg('confirmations', () => Int, {
      defaultValue: 1,
      description: 'Confirmations to wait for, 1 or above; each one is an event.',
    })
    _confirmations: number,
    @Root() status: StatusView,
  ): StatusView {
    return status;
  }

  @Subscription(() => Balance, {
    description:
      'Balance now, then each change of its figures, by blocks or by pending transactions. A slow reader gets the newest figures only.',
    subscribe: ({ args: { address }, context }: Subscriber<{ address: Uint8Array }>) =>
      new Feed(balanceSource(address, context.services), context),
  })
  balanceChanged(
    @Arg('address', () => Address, { description: 'The account.' }) _address: Uint8Array,
    @Root() balance: BalanceView,
  ): BalanceView {
    return balance;
  }

  @Subscription(() => Peer, {
    description:
      'Peers whenever anything but their latency changed. A removed peer comes once more, with the status REMOVED.',
    subscribe: ({ context }: Subscriber<object>) => {
      requireMember(context);
      const { peerChanged } = context.services.activity;
      return new Feed(
        queueSource<ChangedPeer>((add) => peerChanged.on(add)),
        context,
      );
    },
  })
  peerChanged(@Root() peer: ChangedPeer): ChangedPeer {
    return peer;
  }
}
