// What "Copy CURL" gives holds every header, the admin token among them, and breaks at the first apostrophe of a query. This puts a command
// in its place that runs as it is, without the token.
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
