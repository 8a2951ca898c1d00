import type { DatabaseAddress, Host, ServerRole } from "./address.js";
import { Connection, type ConnectionOptions } from "./connection.js";
import { postgresCode } from "./errors.js";
import { connectTimeoutMs } from "./socket.js";
import type { TypeParsers } from "./wire-types.js";

export interface ConnectorOptions extends ConnectionOptions {
  /** Null: the first server that accepts the connection. */
  role: ServerRole | null;
}

/** A host that has not connected by then may be frozen or unreachable, so the next one is tried in parallel. */
const nextHostDelayMs = 400;

/** A pooler accepts clients while its server is gone, and a server may freeze right after the login. */
const openTimeoutMs = 2 * connectTimeoutMs;

/** No host of the address has the required role at the moment, for example during a failover. */
class NoSuchServer extends Error {
  readonly code = "CONNECT_NO_SERVER";

  constructor(role: ServerRole | null, errors: readonly [Host, unknown][]) {
    const reasons = errors.map(([{ name, port }, error]) => `${name}:${port} ${shortReason(error)}`);
    super(`no host is a usable ${role ?? "server"}: ${reasons.join("; ")}`);
  }
}

class WrongRole extends Error {
  readonly code = "CONNECT_WRONG_ROLE";
}

/** Opens connections to the host of an address that has the required role, and follows it when it moves. */
export class Connector {
  /** In the order in which they are tried. */
  private hosts: readonly Host[];

  constructor(
    private readonly options: ConnectorOptions,
    private readonly types: TypeParsers,
  ) {
    this.hosts = [...options.address.hosts];
  }

  /**
   * A single host without a required role connects with its first statement. Of several hosts, the next one
   * is tried when one fails or is slow, and the first with the required role wins.
   */
  async open(onLost: (connection: Connection) => void): Promise<Connection> {
    const hosts = [...this.hosts];
    const [only] = hosts;
    if (only && hosts.length === 1 && this.options.role === null) return this.createConnection(only, onLost);
    const errors: [Host, unknown][] = [];
    let winner: Connection | null = null;
    let next = 0;
    const onWinnerLost = (connection: Connection) => connection === winner && onLost(connection);
    return new Promise((resolve, reject) => {
      const tryNext = (): void => {
        const host = hosts[next++];
        if (!host || winner) return;
        const timer = setTimeout(tryNext, nextHostDelayMs);
        this.openAt(host, onWinnerLost).then(
          (connection) => {
            clearTimeout(timer);
            if (winner) return void connection.close();
            winner = connection;
            this.moveToFront(host);
            resolve(connection);
          },
          (error: unknown) => {
            clearTimeout(timer);
            errors.push([host, error]);
            if (errors.length < hosts.length) tryNext();
            else if (!winner) reject(hosts.length > 1 ? new NoSuchServer(this.options.role, errors) : error);
          },
        );
      };
      tryNext();
    });
  }

  private async openAt(host: Host, onLost: (connection: Connection) => void): Promise<Connection> {
    const connection = this.createConnection(host, onLost);
    const timer = setTimeout(() => void connection.close(), openTimeoutMs);
    try {
      await checkRole(connection, this.options.role);
      return connection;
    } catch (error) {
      void connection.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The connection opens with its first statement. */
  createConnection(host: Host, onLost: (connection: Connection) => void): Connection {
    const connection: Connection = new Connection(host, this.options, this.types, () => onLost(connection));
    return connection;
  }

  /** The next connections try this host last. */
  moveToEnd(host: Host): void {
    this.hosts = [...this.hosts.filter((other) => other !== host), host];
  }

  private moveToFront(host: Host): void {
    this.hosts = [host, ...this.hosts.filter((other) => other !== host)];
  }
}

/** The role to check on each connection. Null for a single host without `target_session_attrs`. */
export function requiredRole(address: DatabaseAddress, role: ServerRole): ServerRole | null {
  return address.hosts.length > 1 || address.role !== null ? role : null;
}

/** Works through a pooler too, because it is one statement that is not prepared there. */
async function checkRole(connection: Connection, role: ServerRole | null): Promise<void> {
  const text = "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only";
  const rows = await connection.run({ text, parameters: [], asArrays: false });
  const [{ read_only: isReadOnly }] = rows as [{ read_only: boolean }];
  if (role === "primary" && isReadOnly) throw new WrongRole("takes no writes");
  if (role === "standby" && !isReadOnly) throw new WrongRole("is no standby");
}

/** An error's code where it has one, so that the reasons of several hosts fit in one message. */
function shortReason(error: unknown): string {
  const code = postgresCode(error) ?? (error as { code?: unknown }).code;
  return error instanceof WrongRole || typeof code !== "string" ? (error as Error).message : code;
}
