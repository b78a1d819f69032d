// GraphQL Playground writes its whole state to localStorage, for ever, with what is typed under HTTP headers: the admin token, for one.
// Here the tab keeps it, and without the headers. It runs before Playground does, which reads its state as it loads.
{
  const withoutHeaders = (text) =>
    JSON.stringify(
      JSON.parse(text, (name, value) => {
        if (name === 'headers' || name === 'request.globalHeaders') return undefined;
        // A text of JSON, perhaps half typed.
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
