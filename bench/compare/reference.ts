import { fileURLToPath } from 'node:url';
import { freePort, startServer } from './server.js';
import type { Subject, Works } from './subject.js';
import { mapWorks } from './works.js';

/**
 * A bare server of Node that takes the same requests as `works`, again and again, parses them and does nothing: no server on Node that is
 * asked by them takes less.
 */
export function reference(works: Works): Subject {
  const start = async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    return { url, ...(await startServer({ program: process.execPath, args: [SERVER, `${port}`], url, probe: '{}' })) };
  };
  const asked = mapWorks(works, (requests) => {
    return { ...requests, count: Math.max(requests.count, LEAST), accepted: 'null', times: 1 };
  });
  return { name: 'node:http', works: asked, start };
}

/** Fewer would take less processor time than the kernel counts by. */
const LEAST = 1_000;
const SERVER = fileURLToPath(new URL('./referenceServer.js', import.meta.url));
