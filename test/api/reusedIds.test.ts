import { it } from 'node:test';
import { WebSocket } from 'undici';
import { eventually } from '../support/node.js';
import { refusal, socketClient } from './streamClients.js';
import { testServer } from './testServer.js';

const TIP = 'subscription { blockAdded(afterHeight: -1) { height } }';

it('subscriptions that took one id in turn, without waiting, give their slots back when the connection is gone', async () => {
  const { url } = await testServer({}, { streams: { maxOperations: 10 } });
  for (let connection = 0; connection < 3; connection++) {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    const send = (message: object) => socket.send(JSON.stringify(message));
    const acknowledged = new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
    send({ type: 'connection_init' });
    await acknowledged;
    for (let turn = 0; turn < 8; turn++) {
      send({ type: 'subscribe', id: 'a', payload: { query: TIP } });
      send({ type: 'complete', id: 'a' });
    }
    const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
    setTimeout(() => socket.close(), 100);
    await closed;
  }
  const client = socketClient(url);
  const free = () => Promise.all(Array.from({ length: 10 }, () => refusal(client, TIP)));
  await eventually(free, (codes) => codes.every((code) => code !== 'TOO_MANY_SUBSCRIPTIONS'));
});
