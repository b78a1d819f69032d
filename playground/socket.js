// GraphQL Playground follows subscriptions in the protocol of subscriptions-transport-ws, which graphql-transport-ws replaced. This node
// speaks the latter; each message of the one has its like in the other. It runs before Playground does, which takes the class as it loads.
{
  const SENT = { start: 'subscribe', stop: 'complete' };
  const RECEIVED = { next: 'data' };

  window.WebSocket = class extends WebSocket {
    /** What waits until the node has acknowledged the connection, as only the newer protocol demands; undefined from then on. */
    #waiting = [];

    constructor(url) {
      super(url, 'graphql-transport-ws');
    }

    send(text) {
      const { type, ...rest } = JSON.parse(text);
      // To end the connection is to close it, which comes next.
      if (type === 'connection_terminate') return;
      const message = JSON.stringify({ type: SENT[type] ?? type, ...rest });
      if (this.#waiting && type !== 'connection_init') this.#waiting.push(message);
      else super.send(message);
    }

    set onmessage(listener) {
      super.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === 'ping') super.send(JSON.stringify({ type: 'pong' }));
        for (const answer of replies(message)) listener({ data: JSON.stringify(answer) });
        if (message.type !== 'connection_ack') return;
        for (const each of this.#waiting) super.send(each);
        this.#waiting = undefined;
      };
    }
  };

  /** What the older protocol says for a message of the newer. */
  function replies({ id, type, payload }) {
    switch (type) {
      case 'ping':
      case 'pong':
        return [];
      case 'error':
        // Of an answer Playground shows all errors, of an error one sentence.
        return [
          { id, type: 'data', payload: { errors: payload } },
          { id, type: 'complete' },
        ];
      default:
        return [{ id, type: RECEIVED[type] ?? type, payload }];
    }
  }
}
