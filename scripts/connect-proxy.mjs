// A proxy for tools whose hosts are fixed: it leads graph.microsoft.com and login.microsoftonline.com to a Muster on this machine, and
// refuses every other name. It takes CONNECT alone and looks at no byte of what it passes on. See docs/clients.md.
//
//   node scripts/connect-proxy.mjs <port of Muster> [<port to listen on, by default any free one>]
import { createServer } from 'node:http';
import { connect } from 'node:net';

const LED = ['graph.microsoft.com:443', 'login.microsoftonline.com:443'];
const [muster, port = '0'] = process.argv.slice(2);
if (!/^\d+$/.test(muster ?? '')) {
  process.stderr.write('Say the port of Muster: node scripts/connect-proxy.mjs 8443\n');
  process.exit(2);
}

const server = createServer((_request, answer) => answer.writeHead(405).end('This proxy takes CONNECT alone.\n'));
server.on('connect', ({ url }, client, first) => {
  client.on('error', () => client.destroy());
  if (!LED.includes(url)) {
    process.stderr.write(`refused ${url}\n`);
    client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    return;
  }
  const upstream = connect(Number(muster), 'localhost', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.write(first);
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
