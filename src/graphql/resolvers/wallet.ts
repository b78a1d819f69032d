import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Rejection } from '../../consensus/rejection.js';
import type { BalanceView } from '../types/account.js';
import { MIN_PASSPHRASE } from '../../crypto/keystore.js';
import type { WalletState } from '../../wallet/wallet.js';
import type { Scope } from '../access.js';
import type { Context } from '../context.js';
import { badUserInput, orStorageFull } from '../errors.js';
import { Wallet } from '../types/node.js';
import { WalletResult } from '../types/outcomes.js';

import { balanceOf } from '../reads.js';

const MAX_PASSPHRASE_CHARACTERS = 1_024;
const NEW_PASSPHRASE = {
  description: `Opens the wallet; ${MIN_PASSPHRASE} to 1,024 characters. Without it the coins are lost.`,
};
const PASSPHRASE = { description: 'The one that `createWallet` was given; 1 to 1,024 characters.' };

@Resolver(() => Wallet)
export class WalletResolver {
  @Authorized<Scope>('read-private')
  @Query(() => Wallet, {
    nullable: true,
    description: "Admin, with the scope `read-private`. The node's own account; null if it has none.",
  })
  async wallet(@Ctx() { services }: Context): Promise<WalletState | undefined> {
    return await services.wallet.state();
  }

  @Authorized<Scope>('send')
  @Mutation(() => WalletResult, {
    description:
      'Admin, with the scope `send`. Makes a wallet, unlocked, and never overwrites one. A passphrase of fewer characters is rejected as MALFORMED.',
  })
  createWallet(
    @Ctx() { services }: Context,
    @Arg('passphrase', () => String, NEW_PASSPHRASE) passphrase: string,
  ): Promise<WalletState | Rejection> {
    return orStorageFull(services.wallet.create(checked(passphrase)));
  }

  @Authorized<Scope>('send')
  @Mutation(() => WalletResult, {
    description: 'Admin, with the scope `send`. Lets the node sign with its wallet until it is locked or stopped.',
  })
  unlockWallet(
    @Ctx() { services }: Context,
    @Arg('passphrase', () => String, PASSPHRASE) passphrase: string,
  ): Promise<WalletState | Rejection> {
    return services.wallet.unlock(checked(passphrase));
  }

  @Authorized<Scope>('send')
  @Mutation(() => WalletResult, {
    description: 'Admin, with the scope `send`. Forgets the private key until the next `unlockWallet`.',
  })
  async lockWallet(@Ctx() { services }: Context): Promise<WalletState | Rejection> {
    return await services.wallet.lock();
  }

  @FieldResolver()
  balance(@Root() { publicKey }: WalletState, @Ctx() { view }: Context): BalanceView {
    return balanceOf(view.snapshot, publicKey);
  }
}

/** Never part of a message: it would end up in somebody's log. */
function checked(passphrase: string): string {
  const { length } = passphrase;
  if (length < 1 || length > MAX_PASSPHRASE_CHARACTERS) {
    throw badUserInput(`passphrase: expected 1 to ${MAX_PASSPHRASE_CHARACTERS} characters, got ${length}`);
  }
  return passphrase;
}
