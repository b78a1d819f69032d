/**
 * The one spelling of a peer's GraphQL endpoint, which is its name in this node: scheme and host as URL writes them, `/graphql`
 * where no path was given, no query, no fragment. Throws RangeError on anything but an http or https URL without credentials.
 */
export function normalizePeerUrl(text: string): string {
  const expected = 'expected an http or https URL without user name and password';
  const shown = JSON.stringify(text.slice(0, 200));
  if (!URL.canParse(text)) throw new RangeError(`${expected}, got ${shown}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new RangeError(`${expected}, got ${shown}`);
  if (url.username !== '' || url.password !== '') throw new RangeError(`${expected}, got one with them`);
  return `${url.origin}${url.pathname === '/' ? '/graphql' : url.pathname}`;
}
