// GraphQL Playground keeps its tabs in localStorage, with what is typed under HTTP headers: the admin token, for one.
Object.defineProperty(window, 'localStorage', { value: sessionStorage });

// The page is served beside the endpoint, wherever that is.
const endpoint = new URL('graphql', location.href).href;
const tab = (name, query) => ({ endpoint, name, query });

GraphQLPlayground.init(document.getElementById('root'), {
  endpoint,
  settings: { 'schema.polling.enable': false, 'request.credentials': 'same-origin' },
  tabs: [
    tab(
      'Look',
      `# Queries and mutations. Subscriptions run in GraphiQL,
# at /graphql: this editor speaks a protocol from before
# graphql-ws, which the node does not.
query Look {
  chain {
    network
    height
    tip {
      hash
      timestamp
    }
  }
  mempool {
    size
    minimumFee
  }
}
`,
    ),
  ],
});
