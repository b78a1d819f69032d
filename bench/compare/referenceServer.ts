import { createServer } from 'node:http';

/* The bare server that others are compared with: it parses the body of each request as JSON, and answers without work. Argument: its port. */

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/json').end('{"data":null}');
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
