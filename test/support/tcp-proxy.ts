import { connect, createServer, type Socket } from 'node:net';

/** A way to a database that a test can lead elsewhere, and cut: what moves when a standby takes over. */
export interface TcpProxy {
  readonly port: number;
  /** Where new connections lead: a port of this machine. */
  target: number;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

/** Listens on any port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const add = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = add(connect(proxy.target, '127.0.0.1'));
    add(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy: TcpProxy = {
    port: (server.address() as { port: number }).port,
    target,
    cut,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      return closed;
    },
  };
  return proxy;
}
