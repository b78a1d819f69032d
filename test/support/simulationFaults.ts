import { whole, type Fault } from './simulationTransport.js';

/** The fault befalls the answers to these operations only. */
export function only(operations: readonly string[], fault: Fault): Fault {
  return (answer) => (operations.includes(answer.operation) ? fault(answer) : whole(answer));
}

/** The fault befalls one answer only, the first, the second, … */
export function nth(number: number, fault: Fault): Fault {
  let seen = 0;
  return (answer) => (++seen === number ? fault(answer) : whole(answer));
}

/** The answer's data is another. */
export function altered(alter: (data: never) => unknown): Fault {
  return (answer) => {
    const { data } = JSON.parse(new TextDecoder().decode(answer.body)) as { data: never };
    return whole({ ...answer, body: new TextEncoder().encode(JSON.stringify({ data: alter(data) })) });
  };
}

/** One byte a second. */
export const dripping: Fault = async function* ({ body, clock, signal }) {
  for (const byte of body) {
    await clock.sleep(1_000, signal);
    signal.throwIfAborted();
    yield Uint8Array.of(byte);
  }
};

/** Half of the answer, then silence on a connection that stays open. */
export const silentHalfway: Fault = async function* ({ body, clock, signal }) {
  yield body.subarray(0, body.length / 2);
  await clock.sleep(Infinity, signal);
  signal.throwIfAborted();
};

/** Half of the answer, and then the connection is reset. */
export const resetHalfway: Fault = async function* ({ body }) {
  yield await Promise.resolve(body.subarray(0, body.length / 2));
  throw new Error('the connection was reset');
};
