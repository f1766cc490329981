import { Socket } from 'node:net';

interface Connection {
  /** Requests that have come over it and are not answered yet. */
  running: number;
  /** What had arrived over it when it was looked at last. */
  bytesRead: number;
  /** When anything moved on it last, as {@link OpenConnections.look} has seen it. */
  movedAt: number;
}

/** The connections of a server, and which of them are idle. */
export class OpenConnections {
  readonly #connections = new Map<Socket, Connection>();
  #openedAt = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#connections.size;
  }

  /** When a connection was opened last, as `performance.now()` says it. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** A connection was opened. */
  add(socket: Socket): Connection {
    this.#openedAt = performance.now();
    const connection = { running: 0, bytesRead: 0, movedAt: this.#openedAt };
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    return connection;
  }

  /** A request has come over it. One that is injected, without a socket, counts for nothing. */
  began(socket: Socket): void {
    if (!(socket instanceof Socket)) return;
    (this.#connections.get(socket) ?? this.add(socket)).running += 1;
  }

  /** It is answered. */
  ended(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) connection.running -= 1;
  }

  /** Looks on which connections something moves. */
  look(): void {
    const now = performance.now();
    for (const [socket, connection] of this.#connections) {
      const { bytesRead } = socket;
      if (connection.running > 0 || socket.writableLength > 0 || bytesRead !== connection.bytesRead)
        Object.assign(connection, { bytesRead, movedAt: now });
    }
  }

  /** Those on which nothing has moved for so many milliseconds, by whether anything has ever come over them. */
  idle(patience: { readonly used: number; readonly unused: number }): readonly Socket[] {
    this.look();
    const now = performance.now();
    return [...this.#connections].flatMap(([socket, { running, bytesRead, movedAt }]) => {
      const isIdle = running === 0 && socket.writableLength === 0 && now - movedAt >= (bytesRead > 0 ? patience.used : patience.unused);
      return isIdle ? [socket] : [];
    });
  }

  /** Cuts all connections off. */
  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }
}
