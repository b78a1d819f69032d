// "Copy CURL" copies a command with every header, also the admin token, and breaks at the first apostrophe of a query. This replaces it by a
// command that runs unchanged, without the token.
document.addEventListener(
  'copy',
  (event) => {
    const command = /^curl '([^']*)' -H .* --data-binary '([\s\S]*)' --compressed$/.exec(String(getSelection()));
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    const [, endpoint, data] = command;
    const quoted = data.replaceAll("'", `'\\''`);
    event.clipboardData.setData(
      'text/plain',
      `curl '${endpoint}' -H 'content-type: application/json' --data '${quoted}'`,
    );
  },
  { capture: true },
);
