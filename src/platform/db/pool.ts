import { setTimeout as sleep } from "node:timers/promises";
import { Busy } from "../busy.js";
import { Connection, type ConnectionOptions, type TypeParsers } from "./connection.js";

export interface PoolOptions extends ConnectionOptions {
  poolSize: number;
  waitMs: number;
  waitingMax: number;
}

export interface DatabaseUse {
  connectionsMax: number;
  connectionsBusy: number;
  /** Statements and transactions that wait for a connection. */
  waiting: number;
}

interface Waiting {
  sinceMs: number;
  take: (connection: Connection) => void;
  refuse: (error: Error) => void;
}

const lookIntervalMs = 250;

/**
 * A fixed number of connections and a bounded queue for them, first come first served. While the
 * database is slow or away, whoever waits too long is refused, so that nothing piles up behind it.
 */
export class Pool {
  private readonly idle: Connection[] = [];
  private readonly busy = new Set<Connection>();
  private readonly waiting: Waiting[] = [];
  private closed = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly options: PoolOptions,
    private readonly types: TypeParsers,
  ) {
    this.timer = setInterval(() => this.look(), lookIntervalMs).unref();
  }

  /** Lends a connection for as long as the work takes. Throws Busy. */
  async lend<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.free() ?? (await this.wait());
    try {
      return await work(connection);
    } finally {
      this.giveBack(connection);
    }
  }

  use(): DatabaseUse {
    return {
      connectionsMax: this.options.poolSize,
      connectionsBusy: this.busy.size,
      waiting: this.waiting.length,
    };
  }

  /** What is under way may end within the time; what waits, and what comes later, is refused. */
  async close(withinMs: number): Promise<void> {
    this.closed = true;
    for (const { refuse } of this.waiting.splice(0)) refuse(new Busy("the database is being left"));
    const until = performance.now() + withinMs;
    while (this.busy.size > 0 && performance.now() < until) await sleep(10);
    await Promise.all([...this.idle, ...this.busy].map((connection) => connection.end()));
    clearInterval(this.timer);
  }

  private free(): Connection | null {
    if (this.closed) throw new Busy("the database was left");
    if (this.busy.size >= this.options.poolSize) return null;
    return this.occupy(this.idle.pop() ?? this.connect());
  }

  private occupy(connection: Connection): Connection {
    this.busy.add(connection);
    return connection;
  }

  private connect(): Connection {
    const connection: Connection = new Connection(this.options, this.types, () => {
      const at = this.idle.indexOf(connection);
      if (at >= 0) this.idle.splice(at, 1);
    });
    return connection;
  }

  private wait(): Promise<Connection> {
    if (this.waiting.length >= this.options.waitingMax) throw new Busy("too many wait for the database");
    return new Promise((take, refuse) => {
      this.waiting.push({ sinceMs: performance.now(), take, refuse });
    });
  }

  private giveBack(connection: Connection): void {
    this.busy.delete(connection);
    if (connection.isOld() && !connection.lost) void connection.end();
    const next = this.waiting.shift();
    if (next) next.take(this.occupy(connection.lost ? this.connect() : connection));
    else if (!connection.lost) this.idle.push(connection);
  }

  private look(): void {
    const nowMs = performance.now();
    for (const connection of this.busy) if (connection.isSilent(nowMs)) void connection.end();
    while (this.waiting[0] && nowMs - this.waiting[0].sinceMs > this.options.waitMs) {
      this.waiting.shift()?.refuse(new Busy("no connection to the database fell free in time"));
    }
  }
}
