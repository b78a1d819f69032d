// GraphQL Playground keeps its tabs in localStorage, with what is typed under HTTP headers: the admin token, for one.
Object.defineProperty(window, 'localStorage', { value: sessionStorage });

const tab = (name, query) => ({ endpoint: '/graphql', name, query });

GraphQLPlayground.init(document.getElementById('root'), {
  endpoint: '/graphql',
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
