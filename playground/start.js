// The node serves the page beside the endpoint, at any path.
const endpoint = new URL('graphql', location.href).href;
const tab = (name, query) => ({ endpoint, name, query });

GraphQLPlayground.init(document.getElementById('root'), {
  endpoint,
  settings: {
    'schema.polling.enable': false,
    'request.credentials': 'same-origin',
    'tracing.tracingSupported': false,
  },
  tabs: [
    tab(
      'Look',
      `# For those who know GraphQL Playground: queries, mutations
# and subscriptions, as in GraphiQL at /graphql, which also
# has examples and a list of every operation.
#
# Put the admin token into HTTP headers, below, as
# {"authorization": "Bearer …"}
# The browser forgets it with this page.
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
    tab(
      'Follow',
      `# Each block, when it joins the best chain.
subscription Follow {
  blockAdded {
    height
    hash
    timestamp
    transactionCount
  }
}
`,
    ),
  ],
});
