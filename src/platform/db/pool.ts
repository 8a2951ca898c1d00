import { setTimeout as sleep } from "node:timers/promises";
import { OverloadedError } from "../async/overloaded-error.js";
import type { Host } from "./address.js";
import type { Connection } from "./connection.js";
import { Connector, type ConnectorOptions } from "./connector.js";
import { isReadOnlyServer } from "./errors.js";
import { ServerHealthCheck } from "./server-health-check.js";
import type { TypeParsers } from "./wire-types.js";

export interface PoolOptions extends ConnectorOptions {
  poolSize: number;
  /** An older connection is closed when it is released. */
  maxLifetimeMs: number;
  /** Limit for waiting in the queue. */
  acquireTimeoutMs: number;
  /** Longest queue; further callers are rejected immediately. */
  queueMax: number;
}

export interface PoolStats {
  connectionsMax: number;
  connectionsBusy: number;
  /** Statements and transactions in the queue. */
  waiting: number;
}

interface QueuedCaller {
  sinceMs: number;
  /** Null: the caller may open a new connection. */
  resolve: (connection: Connection | null) => void;
  reject: (error: Error) => void;
}

const sweepIntervalMs = 250;
const idleTimeoutMs = 60_000;

/**
 * A fixed number of connections with a bounded first-in-first-out queue. While the database is slow or
 * unavailable, callers that wait too long are rejected, so that requests do not pile up.
 */
export class Pool {
  private readonly connector: Connector;
  private readonly healthCheck: ServerHealthCheck;
  /** The most recently used connection is the last. */
  private idle: { connection: Connection; sinceMs: number }[] = [];
  private readonly busy = new Set<Connection>();
  private readonly queue: QueuedCaller[] = [];
  /** Each caller that has a connection, or opens one, holds a slot. */
  private freeSlots: number;
  private closed = false;
  private readonly sweepTimer: NodeJS.Timeout;

  constructor(
    private readonly options: PoolOptions,
    types: TypeParsers,
  ) {
    this.freeSlots = options.poolSize;
    this.connector = new Connector(options, types);
    this.healthCheck = new ServerHealthCheck(this.connector, {
      ...options,
      intervalMs: sweepIntervalMs,
      onUnresponsive: (host) => this.evictHost(host),
    });
    this.sweepTimer = setInterval(() => this.sweep(), sweepIntervalMs).unref();
  }

  /** Runs `work` with a connection of its own. Throws OverloadedError. */
  async withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.acquire();
    try {
      return await work(connection);
    } catch (error) {
      // The server has become a standby, or the address points to one: new connections find the primary.
      if (isReadOnlyServer(error)) this.evictHost(connection.host);
      throw error;
    } finally {
      this.release(connection);
    }
  }

  stats(): PoolStats {
    return {
      connectionsMax: this.options.poolSize,
      connectionsBusy: this.options.poolSize - this.freeSlots,
      waiting: this.queue.length,
    };
  }

  /** Lets running statements finish for up to `withinMs`. Rejects queued and new ones. */
  async close(withinMs: number): Promise<void> {
    this.closed = true;
    for (const { reject } of this.queue.splice(0))
      reject(new OverloadedError("the database pool is being closed"));
    const deadlineMs = performance.now() + withinMs;
    while (this.freeSlots < this.options.poolSize && performance.now() < deadlineMs) await sleep(10);
    clearInterval(this.sweepTimer);
    await Promise.all(this.connections().map((connection) => connection.close()));
  }

  private async acquire(): Promise<Connection> {
    const reused = this.takeSlot() ? (this.idle.pop()?.connection ?? null) : await this.enqueue();
    try {
      const connection = reused ?? (await this.connector.open((lost) => this.removeIdle(lost)));
      this.busy.add(connection);
      return connection;
    } catch (error) {
      this.giveToNext(null);
      throw error;
    }
  }

  private takeSlot(): boolean {
    if (this.closed) throw new OverloadedError("the database pool is closed");
    if (this.freeSlots === 0) return false;
    this.freeSlots -= 1;
    return true;
  }

  private enqueue(): Promise<Connection | null> {
    if (this.queue.length >= this.options.queueMax)
      throw new OverloadedError("too many callers are waiting for a database connection");
    return new Promise((resolve, reject) => {
      this.queue.push({ sinceMs: performance.now(), resolve, reject });
    });
  }

  private release(connection: Connection): void {
    this.busy.delete(connection);
    const isTooOld = performance.now() - connection.openedAtMs > this.options.maxLifetimeMs;
    if (isTooOld || this.closed) void connection.close();
    this.giveToNext(connection.isLost ? null : connection);
  }

  /** The slot goes to the first caller in the queue, with its connection if that is usable. */
  private giveToNext(connection: Connection | null): void {
    const next = this.queue.shift();
    if (next) {
      next.resolve(connection);
      return;
    }
    this.freeSlots += 1;
    if (connection) this.idle.push({ connection, sinceMs: performance.now() });
  }

  private connections(): Connection[] {
    return [...this.idle.map(({ connection }) => connection), ...this.busy];
  }

  private removeIdle(lost: Connection): void {
    this.idle = this.idle.filter(({ connection }) => connection !== lost);
  }

  /** Closes all connections to a host that is unresponsive or has lost its role. */
  private evictHost(host: Host): void {
    this.connector.moveToEnd(host);
    for (const connection of this.connections()) if (connection.host === host) void connection.close();
  }

  private sweep(): void {
    const nowMs = performance.now();
    this.healthCheck.run(this.busy);
    for (const { connection, sinceMs } of this.idle)
      if (nowMs - sinceMs > idleTimeoutMs) void connection.close();
    while (this.queue[0] && nowMs - this.queue[0].sinceMs > this.options.acquireTimeoutMs) {
      this.queue.shift()?.reject(new OverloadedError("no database connection became free in time"));
    }
  }
}
