import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { BudgetKind } from '../limits.js';
import type * as services from '../services.js';
import { BudgetKinds } from './enums.js';
import { DateTime } from './scalars.js';

/** Types of what only the operator of a node sees. */

@ObjectType({ description: 'A line of the log.', simpleResolvers: true })
export class LogLine implements services.LogLine {
  @Field(() => DateTime, { description: 'When it was written.' })
  declare readonly at: number;

  @Field(() => String, { description: '`trace`, `debug`, `info`, `warn`, `error` or `fatal`.' })
  declare readonly level: string;

  @Field(() => String, { description: 'What happened.' })
  declare readonly message: string;

  @Field(() => String, { description: 'Everything else that it says, as an object in JSON; empty if that is nothing.' })
  declare readonly details: string;
}

@ObjectType({ description: 'What a user spent of a budget of one kind.', simpleResolvers: true })
export class Spender {
  @Field(() => String, {
    description:
      'Who, as a refusal names it: an IPv4 address, an IPv6 network, a peer by its id, or the envelopes of an address whose senders are not known yet.',
  })
  declare readonly user: string;

  @Field(() => BudgetKinds, { description: 'Of what, and in which unit.' })
  declare readonly kind: Uppercase<BudgetKind>;

  @Field(() => Int, { description: 'What it has left; 0 or below: refused with RATE_LIMITED.' })
  declare readonly left: number;

  @Field(() => Int, { description: 'What it has when it spent nothing for a while.' })
  declare readonly burst: number;

  @Field(() => Int, { description: 'How often it was refused for this kind, since the node remembers it.' })
  declare readonly refused: number;
}

@ObjectType({
  description: 'Why others should not be sent to this node now, as `GET /readyz` has it.',
  simpleResolvers: true,
})
export class Hindrance implements services.Hindrance {
  @Field(() => String, { description: 'Its code.' })
  declare readonly code: string;

  @Field(() => String, { description: 'What was expected, and what is the case.' })
  declare readonly message: string;
}

@ObjectType({ description: 'Work that waits in this node.', simpleResolvers: true })
export class WorkQueue implements services.WorkQueue {
  @Field(() => String, { description: 'What waits, as the metric `corrente_queue_items` names it.' })
  declare readonly name: string;

  @Field(() => Int, { description: 'How many.' })
  declare readonly items: number;
}

@ObjectType({ description: 'A database of this node.', simpleResolvers: true })
export class DatabaseState implements services.DatabaseState {
  @Field(() => String, { description: '`chain`, or `node`: pending transactions, peers, request keys.' })
  declare readonly name: string;

  @Field(() => Float, { description: 'Length of its file.' })
  declare readonly fileBytes: number;

  @Field(() => Float, { description: 'Bytes of the file that hold something, or held it before and are used again.' })
  declare readonly usedBytes: number;

  @Field(() => Float, { description: 'Bytes that hold something.' })
  declare readonly liveBytes: number;

  @Field(() => Int, { description: 'Views of one moment that are open.' })
  declare readonly views: number;
}

@ObjectType({ description: 'How this node is: what its operator looks at first.', simpleResolvers: true })
export class Vitals implements services.Vitals {
  @Field(() => [Hindrance], { description: 'Why it is not ready; empty if it is.' })
  declare readonly hindrances: readonly services.Hindrance[];

  @Field(() => [Float], {
    description:
      'The longest time for which something held the event loop, and nobody was answered: milliseconds of each of the last 60 seconds, the oldest first.',
  })
  declare readonly loopHoldsMs: readonly number[];

  @Field(() => Float, { description: 'Memory of its heap, and of the buffers outside it.' })
  declare readonly memoryBytes: number;

  @Field(() => Float, { description: 'Memory at which the heap is full, and the process ends.' })
  declare readonly heapLimitBytes: number;

  @Field(() => [WorkQueue], { description: 'What waits.' })
  declare readonly queues: readonly services.WorkQueue[];

  @Field(() => [DatabaseState], { description: 'Its databases.' })
  declare readonly databases: readonly services.DatabaseState[];

  @Field(() => Float, {
    nullable: true,
    description: 'Free space where its data is; null while the system does not say.',
  })
  declare readonly diskFreeBytes: number | undefined;

  @Field(() => Float, { nullable: true, description: 'Space there, free or not.' })
  declare readonly diskTotalBytes: number | undefined;
}

/** A spender as the API has it. */
export function spenderOf({ kind, left, ...rest }: services.Spender): Spender {
  return { ...rest, kind: kind.toUpperCase() as Uppercase<BudgetKind>, left: Math.floor(left) };
}
