import { Field, Int, ObjectType, type ClassType } from 'type-graphql';

@ObjectType({ description: 'Where a page lies in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'There are items after this page.' })
  declare readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'There are items before this page.' })
  declare readonly hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  declare readonly startCursor: string | undefined;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; null on an empty page.' })
  declare readonly endCursor: string | undefined;
}

/** Declares `<name>Edge` and `<name>Connection` of the Relay connection specification. */
export function connectionType(name: string, items: string, node: () => ClassType): ClassType {
  @ObjectType(`${name}Edge`, { description: `One of the ${items} of a page.`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Its place in the list, for `after` and `before`.' })
    declare readonly cursor: string;

    @Field(node, { description: 'The item.' })
    declare readonly node: unknown;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${items}.`, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: 'The items with their cursors, in list order.' })
    declare readonly edges: readonly Edge[];

    @Field(() => [node()], { description: 'The items alone.' })
    declare readonly nodes: readonly unknown[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    declare readonly pageInfo: PageInfo;

    @Field(() => Int, { description: 'Items of the whole list.' })
    declare readonly totalCount: number;
  }
  return Connection;
}
