import {
  astFromValue,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  parse,
  print,
} from 'graphql';

/**
 * The document and the variables that ask for a root field. Its arguments are variables. It selects cheap fields: the leaves of its type
 * and of the objects that are always there.
 */
export function operationText(operation, field) {
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const variables = field.args.map(({ name, type, defaultValue }) => {
    const initial = defaultValue === undefined ? '' : ` = ${print(astFromValue(defaultValue, type))}`;
    return `$${name}: ${type}${initial}`;
  });
  const values = field.args.map(({ name }) => `${name}: $${name}`);
  const document = `${operation} ${name}${listed(variables)} { ${field.name}${listed(values)} ${answer(field.type)} }`;
  const required = field.args.filter(isRequiredArgument).map(({ name, type }) => [name, blank(type)]);
  return {
    query: print(parse(document)),
    variables: required.length === 0 ? '' : JSON.stringify(Object.fromEntries(required), undefined, 2),
  };
}

const listed = (items) => (items.length === 0 ? '' : `(${items.join(', ')})`);

/** The selection of a type; with `deep` also of its objects. */
function answer(type, deep = true) {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isUnionType(named)) {
    const members = named.getTypes().map((member) => `... on ${member.name} ${answer(member, deep)}`);
    return `{ __typename ${members.join(' ')} }`;
  }
  const fields = Object.values(named.getFields()).filter(({ args }) => !args.some(isRequiredArgument));
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)) && !WHOLE.has(field.type.toString()));
  const objects = fields.filter((field) => !leaves.includes(field) && deep && isAlwaysOne(field.type));
  const nodes = named.name.endsWith('Connection') ? fields.filter(({ name }) => name === 'nodes') : [];
  const selected = [...leaves, ...nodes, ...objects].map((field) => `${field.name} ${answer(field.type, false)}`);
  return `{ ${selected.join(' ') || '__typename'} }`;
}

/** The bytes of a whole block. */
const WHOLE = new Set(['Base64!']);

function isAlwaysOne(type) {
  const named = getNamedType(type);
  return isNonNullType(type) && !isListType(type.ofType) && !isLeafType(named) && !named.name.endsWith('Connection');
}

/** A value for the user to replace. */
function blank(type) {
  const value = getNullableType(type);
  if (isListType(value)) return [blank(value.ofType)];
  if (!isInputObjectType(value)) return value.name === 'Int' ? 0 : '';
  const required = Object.values(value.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(required.map((field) => [field.name, blank(field.type)]));
}
