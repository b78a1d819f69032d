import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Rejection } from '../../consensus/rejection.js';
import type { BalanceView } from '../types/account.js';
import type { WalletState } from '../../wallet/wallet.js';
import type { Context } from '../context.js';
import { badUserInput, orStorageFull } from '../errors.js';
import { Wallet } from '../types/node.js';
import { WalletResult } from '../types/outcomes.js';

import { balanceOf } from '../reads.js';

const PASSPHRASE = { description: 'Opens the wallet; 1 to 1,024 characters. Without it the coins are lost.' };

@Resolver(() => Wallet)
export class WalletResolver {
  @Authorized()
  @Query(() => Wallet, { nullable: true, description: "Admin. The node's own account; null if it has none." })
  wallet(@Ctx() { services }: Context): WalletState | undefined {
    return services.wallet.state();
  }

  @Authorized()
  @Mutation(() => WalletResult, { description: 'Admin. Never overwrites a wallet.' })
  createWallet(
    @Ctx() { services }: Context,
    @Arg('passphrase', () => String, PASSPHRASE) passphrase: string,
  ): Promise<WalletState | Rejection> {
    return orStorageFull(services.wallet.create(checked(passphrase)));
  }

  @Authorized()
  @Mutation(() => WalletResult, {
    description: 'Admin. Lets the node sign with its wallet until it is locked or stopped.',
  })
  unlockWallet(
    @Ctx() { services }: Context,
    @Arg('passphrase', () => String, PASSPHRASE) passphrase: string,
  ): Promise<WalletState | Rejection> {
    return services.wallet.unlock(checked(passphrase));
  }

  @Authorized()
  @Mutation(() => WalletResult, { description: 'Admin. Forgets the private key until the next `unlockWallet`.' })
  lockWallet(@Ctx() { services }: Context): WalletState | Rejection {
    return services.wallet.lock();
  }

  @FieldResolver()
  address(@Root() { publicKey }: WalletState): Uint8Array {
    return publicKey;
  }

  @FieldResolver()
  balance(@Root() { publicKey }: WalletState, @Ctx() { view }: Context): BalanceView {
    return balanceOf(view.snapshot, publicKey);
  }
}

/** Never part of a message: it would end up in somebody's log. */
function checked(passphrase: string): string {
  const { length } = passphrase;
  if (length < 1 || length > 1_024) throw badUserInput(`passphrase: expected 1 to 1024 characters, got ${length}`);
  return passphrase;
}
