import { ApolloArmor } from '@escape.tech/graphql-armor';
import type { ValidationRule } from 'graphql';

/** What a document may look like, whatever its variables are: checked once, since Apollo keeps valid documents. */

/** Tokens of a document: several times what the largest of ours has, introspection. */
export const MAX_TOKENS = 2_000;
/** Selections of an operation with every fragment expanded: what makes a doubled-fragment bomb cheap to refuse. */
export const MAX_SELECTIONS = 2_000;

/** Depth, aliases and directives of a document. */
export function documentRules(): ValidationRule[] {
  return new ApolloArmor({
    maxDepth: { n: MAX_DEPTH, flattenFragments: true },
    maxAliases: { n: MAX_ALIASES },
    maxDirectives: { n: MAX_DIRECTIVES },
    // The parser counts tokens while it reads, cost.ts counts costs, and field names are no secret.
    maxTokens: { enabled: false },
    costLimit: { enabled: false },
    blockFieldSuggestion: { enabled: false },
  }).protect().validationRules;
}

const MAX_DEPTH = 20;
const MAX_ALIASES = 32;
const MAX_DIRECTIVES = 32;
