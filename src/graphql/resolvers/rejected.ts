import { FieldResolver, Resolver, Root } from 'type-graphql';
import { fromHex } from '../../crypto/bytes.js';
import { describeRejection, type Rejection } from '../../consensus/rejection.js';
import type { RemoteRejection } from '../../peers/peer.js';
import { Rejected } from '../types/ledger.js';

@Resolver(() => Rejected)
export class RejectedResolver {
  @FieldResolver()
  message(@Root() rejection: Rejection | RemoteRejection): string {
    return 'message' in rejection ? rejection.message : describeRejection(rejection);
  }

  @FieldResolver()
  pending(@Root() rejection: Rejection | RemoteRejection): Uint8Array | undefined {
    return 'pending' in rejection ? fromHex(rejection.pending) : undefined;
  }
}
