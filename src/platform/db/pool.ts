import { setTimeout as sleep } from "node:timers/promises";
import { OverloadedError } from "../async/overloaded-error.js";
import type { Host } from "./address.js";
import type { Connection, TypeParsers } from "./connection.js";
import { Connector, type ConnectorOptions } from "./connector.js";
import { isReadOnlyServer } from "./errors.js";
import { SilenceWatch } from "./silence-watch.js";

export interface PoolOptions extends ConnectorOptions {
  poolSize: number;
  /** Older connections are replaced when they are not in use. */
  lifeMs: number;
  waitMs: number;
  waitingMax: number;
}

export interface PoolStats {
  connectionsMax: number;
  connectionsBusy: number;
  /** Statements and transactions that wait for a connection. */
  waiting: number;
}

interface Waiting {
  sinceMs: number;
  /** Null: there is a place for a new connection. */
  take: (connection: Connection | null) => void;
  refuse: (error: Error) => void;
}

const sweepIntervalMs = 250;
const idleMs = 60_000;

/**
 * A fixed number of connections and a bounded queue for them, first come first served. While the
 * database is slow or away, whoever waits too long is refused, so that nothing piles up behind it.
 */
export class Pool {
  private readonly connector: Connector;
  private readonly silence: SilenceWatch;
  /** The one that was used last is the last. */
  private idle: { connection: Connection; sinceMs: number }[] = [];
  private readonly busy = new Set<Connection>();
  private readonly waiting: Waiting[] = [];
  private freePlaces: number;
  private closed = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly options: PoolOptions,
    types: TypeParsers,
  ) {
    this.freePlaces = options.poolSize;
    this.connector = new Connector(options, types);
    this.silence = new SilenceWatch(this.connector, {
      ...options,
      intervalMs: sweepIntervalMs,
      onGone: (host) => this.leave(host),
    });
    this.timer = setInterval(() => this.sweep(), sweepIntervalMs).unref();
  }

  /** Lends a connection for as long as the work takes. Throws Busy. */
  async withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.borrow();
    try {
      return await work(connection);
    } catch (error) {
      // The server has become a standby, or the address leads to one: new connections find the primary.
      if (isReadOnlyServer(error)) this.leave(connection.host);
      throw error;
    } finally {
      this.release(connection);
    }
  }

  stats(): PoolStats {
    return {
      connectionsMax: this.options.poolSize,
      connectionsBusy: this.options.poolSize - this.freePlaces,
      waiting: this.waiting.length,
    };
  }

  /** What is under way may end within the time; what waits, and what comes later, is refused. */
  async close(withinMs: number): Promise<void> {
    this.closed = true;
    for (const { refuse } of this.waiting.splice(0))
      refuse(new OverloadedError("the database is being left"));
    const until = performance.now() + withinMs;
    while (this.freePlaces < this.options.poolSize && performance.now() < until) await sleep(10);
    clearInterval(this.timer);
    await Promise.all(this.connections().map((connection) => connection.end()));
  }

  private async borrow(): Promise<Connection> {
    const ready = this.takePlace() ? (this.idle.pop()?.connection ?? null) : await this.wait();
    try {
      const connection = ready ?? (await this.connector.open((lost) => this.forget(lost)));
      this.busy.add(connection);
      return connection;
    } catch (error) {
      this.passOn(null);
      throw error;
    }
  }

  private takePlace(): boolean {
    if (this.closed) throw new OverloadedError("the database was left");
    if (this.freePlaces === 0) return false;
    this.freePlaces -= 1;
    return true;
  }

  private wait(): Promise<Connection | null> {
    if (this.waiting.length >= this.options.waitingMax)
      throw new OverloadedError("too many wait for the database");
    return new Promise((take, refuse) => {
      this.waiting.push({ sinceMs: performance.now(), take, refuse });
    });
  }

  private release(connection: Connection): void {
    this.busy.delete(connection);
    const isOld = performance.now() - connection.madeAtMs > this.options.lifeMs;
    if (isOld || this.closed) void connection.end();
    this.passOn(connection.lost ? null : connection);
  }

  private passOn(connection: Connection | null): void {
    const next = this.waiting.shift();
    if (next) {
      next.take(connection);
      return;
    }
    this.freePlaces += 1;
    if (connection) this.idle.push({ connection, sinceMs: performance.now() });
  }

  private connections(): Connection[] {
    return [...this.idle.map(({ connection }) => connection), ...this.busy];
  }

  private forget(lost: Connection): void {
    this.idle = this.idle.filter(({ connection }) => connection !== lost);
  }

  /** The host is gone, or it is not the one that we want any more. */
  private leave(host: Host): void {
    this.connector.avoid(host);
    for (const connection of this.connections()) if (connection.host === host) void connection.end();
  }

  private sweep(): void {
    const nowMs = performance.now();
    this.silence.check(this.busy);
    for (const { connection, sinceMs } of this.idle) if (nowMs - sinceMs > idleMs) void connection.end();
    while (this.waiting[0] && nowMs - this.waiting[0].sinceMs > this.options.waitMs) {
      this.waiting.shift()?.refuse(new OverloadedError("no connection to the database fell free in time"));
    }
  }
}
