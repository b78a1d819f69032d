import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

/** Selections of a document with every fragment expanded: several times what the largest of ours has, introspection. */
export const MAX_SELECTIONS = 2_000;
/** Pairs of fields with one name in one place, which validation compares: 2 to 4 microseconds each. */
export const MAX_FIELD_PAIRS = 4_000;

const NOTHING: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/**
 * Ends the validation of a document that would take long, before the rules look into it: one whose fragments double, and one with
 * many fields of the same name, which OverlappingFieldsCanBeMergedRule compares pair by pair, at each level again.
 */
export const documentBudget: ValidationRule = (context) => ({
  Document: (document) => {
    const fault = faultOf(document);
    if (fault === undefined) return undefined;
    context.reportError(new GraphQLError(fault));
    // In place of the document, so that no rule goes on with it.
    return NOTHING;
  },
});

function faultOf({ definitions }: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const counts = new Map<string, number>();
  const roots = definitions.flatMap((node) => ('selectionSet' in node ? [node.selectionSet] : []));
  for (const root of roots) {
    const count = selections(root, fragments, counts);
    if (count === Infinity) return 'expected fragments that do not spread themselves, got one that does';
    if (count > MAX_SELECTIONS) {
      return `expected a document of at most ${MAX_SELECTIONS} selections with its fragments expanded, got more`;
    }
  }
  let pairs = 0;
  for (const root of roots) {
    pairs += pairsIn([root], fragments, MAX_FIELD_PAIRS - pairs);
    if (pairs > MAX_FIELD_PAIRS) {
      return `expected at most ${MAX_FIELD_PAIRS} pairs of fields of one name in one place, got more`;
    }
  }
  return undefined;
}

/** Infinity for a fragment that spreads itself. */
function selections(
  { selections: list }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  counts: Map<string, number>,
): number {
  let count = 0;
  for (const selection of list) {
    count++;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (!counts.has(name) && fragment) {
        counts.set(name, Infinity);
        counts.set(name, selections(fragment.selectionSet, fragments, counts));
      }
      count += counts.get(name) ?? 0;
    } else if (selection.selectionSet) {
      count += selections(selection.selectionSet, fragments, counts);
    }
  }
  return count;
}

/** Pairs in selections that are merged, and in what is selected in them; stops above `room`. */
function pairsIn(
  merged: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  room: number,
): number {
  const byName = new Map<string, FieldNode[]>();
  const expanded = new Set<string>();
  const collect = ({ selections: list }: SelectionSetNode): void => {
    for (const selection of list) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const fields = byName.get(name);
        if (fields) fields.push(selection);
        else byName.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!expanded.has(selection.name.value)) {
        expanded.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  for (const set of merged) collect(set);
  let pairs = 0;
  for (const fields of byName.values()) {
    pairs += (fields.length * (fields.length - 1)) / 2;
    if (pairs > room) return pairs;
    const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (below.length > 0) pairs += pairsIn(below, fragments, room - pairs);
    if (pairs > room) return pairs;
  }
  return pairs;
}
