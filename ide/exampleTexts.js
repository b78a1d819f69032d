/**
 * The examples for a network, by name: each placeholder, such as "ACCOUNT", becomes the value that `facts` has under its name. An example
 * with a placeholder that `facts` lacks is left out.
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

/** The stored query, or the new text of the example that it was: `before` and `now` are results of exampleTexts. */
export function renewed(query, before, now) {
  const name = Object.keys(before).find((each) => before[each] === query);
  return now[name] ?? query;
}

const PLACEHOLDER = /"([A-Z]+)"/g;
