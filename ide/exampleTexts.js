/**
 * The examples for a network, by name: each placeholder, such as "ACCOUNT", is what `facts` has under its name. An example that asks for
 * more than is known of the network is left out.
 */
export function exampleTexts(examples, facts) {
  const filled = Object.entries(examples).map(([name, text]) => {
    let isWhole = true;
    const query = text.replace(PLACEHOLDER, (_quoted, key) => {
      isWhole &&= key in facts;
      return `"${facts[key]}"`;
    });
    return [name, isWhole ? query : undefined];
  });
  return Object.fromEntries(filled.filter(([, text]) => text !== undefined));
}

/** What GraphiQL stored, with each example as it is now in place of what it was: `before` and `now` are of exampleTexts. */
export function renewed(query, before, now) {
  const name = Object.keys(before).find((each) => before[each] === query);
  return now[name] ?? query;
}

const PLACEHOLDER = /"([A-Z]+)"/g;
