// GraphQL Playground writes its whole state to localStorage for good, also HTTP headers such as the admin token. This keeps the state in the
// tab only, without the headers. It runs before Playground, which reads its state as it loads.
{
  const withoutHeaders = (text) =>
    JSON.stringify(
      JSON.parse(text, (name, value) => {
        if (name === 'headers' || name === 'request.globalHeaders') return undefined;
        // The value is JSON as text, perhaps half typed.
        return name === 'settingsString' ? readable(value) : value;
      }),
    );
  const readable = (settings) => {
    try {
      return withoutHeaders(settings);
    } catch {
      return undefined;
    }
  };
  Object.defineProperty(window, 'localStorage', {
    value: {
      getItem: (name) => sessionStorage.getItem(name),
      setItem: (name, text) =>
        sessionStorage.setItem(name, name === 'graphql-playground' ? withoutHeaders(text) : text),
      removeItem: (name) => sessionStorage.removeItem(name),
    },
  });
}
