// GraphQL Playground speaks the protocol of subscriptions-transport-ws, which graphql-transport-ws replaced. This node speaks the newer one,
// so this class translates each message. It runs before Playground, which reads `WebSocket` as it loads.
{
  const SENT = { start: 'subscribe', stop: 'complete' };
  const RECEIVED = { next: 'data' };

  window.WebSocket = class extends WebSocket {
    /** Messages until the node acknowledges the connection, which only the newer protocol demands; then undefined. */
    #waiting = [];

    constructor(url) {
      super(url, 'graphql-transport-ws');
    }

    send(text) {
      const { type, ...rest } = JSON.parse(text);
      // The newer protocol has no such message: Playground closes the connection next.
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

  /** The older protocol's messages for one of the newer. */
  function replies({ id, type, payload }) {
    switch (type) {
      case 'ping':
      case 'pong':
        return [];
      case 'error':
        // Playground shows all errors of an answer, but only one sentence of an error message.
        return [
          { id, type: 'data', payload: { errors: payload } },
          { id, type: 'complete' },
        ];
      default:
        return [{ id, type: RECEIVED[type] ?? type, payload }];
    }
  }
}
