import type { DatabaseAddress, Host, ServerRole } from "./address.js";
import { Connection, type ConnectionOptions, connectMs, type TypeParsers } from "./connection.js";
import { postgresCode } from "./errors.js";

export interface ConnectorOptions extends ConnectionOptions {
  /** Which server is wanted. Null: the first that lets us in. */
  role: ServerRole | null;
}

/** A host that has not let us in by then may be frozen or unreachable: the next one is tried beside it. */
const headStartMs = 400;

/** A pool lets us in and then waits for a server that is gone; a server may freeze right after the login. */
const openMs = 2 * connectMs;

/** No host of the address plays the wanted part at the moment, as during a failover. */
class NoSuchServer extends Error {
  readonly code = "CONNECT_NO_SERVER";

  constructor(role: ServerRole | null, errors: readonly [Host, unknown][]) {
    const reasons = errors.map(([{ name, port }, error]) => `${name}:${port} ${reasonOf(error)}`);
    super(`no host is a usable ${role ?? "server"}: ${reasons.join("; ")}`);
  }
}

class WrongRole extends Error {
  readonly code = "CONNECT_WRONG_ROLE";
}

/** Opens connections to that host of an address which plays the wanted part, wherever it is by now. */
export class Connector {
  /** The one that was found last comes first. */
  private hosts: readonly Host[];

  constructor(
    private readonly options: ConnectorOptions,
    private readonly types: TypeParsers,
  ) {
    this.hosts = [...options.address.hosts];
  }

  /**
   * One host of which nothing is asked connects with its first statement. Of several, each that fails or
   * takes long is followed by the next; the first that plays the part wins.
   */
  async open(onLoss: (connection: Connection) => void): Promise<Connection> {
    const hosts = [...this.hosts];
    const [only] = hosts;
    if (only && hosts.length === 1 && this.options.role === null) return this.connectionTo(only, onLoss);
    const errors: [Host, unknown][] = [];
    let found: Connection | null = null;
    let next = 0;
    const lost = (connection: Connection) => connection === found && onLoss(connection);
    return new Promise((resolve, reject) => {
      const tryNext = (): void => {
        const host = hosts[next++];
        if (!host || found) return;
        const timer = setTimeout(tryNext, headStartMs);
        this.openAt(host, lost).then(
          (connection) => {
            clearTimeout(timer);
            if (found) return void connection.end();
            found = connection;
            this.prefer(host);
            resolve(connection);
          },
          (error: unknown) => {
            clearTimeout(timer);
            errors.push([host, error]);
            if (errors.length < hosts.length) tryNext();
            else if (!found) reject(hosts.length > 1 ? new NoSuchServer(this.options.role, errors) : error);
          },
        );
      };
      tryNext();
    });
  }

  private async openAt(host: Host, onLoss: (connection: Connection) => void): Promise<Connection> {
    const connection = this.connectionTo(host, onLoss);
    const timer = setTimeout(() => void connection.end(), openMs);
    try {
      await mustPlay(this.options.role, connection);
      return connection;
    } catch (error) {
      void connection.end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Connects with its first statement. */
  connectionTo(host: Host, onLoss: (connection: Connection) => void): Connection {
    const connection: Connection = new Connection(host, this.options, this.types, () => onLoss(connection));
    return connection;
  }

  /** It is tried last from now on. */
  avoid(host: Host): void {
    this.hosts = [...this.hosts.filter((other) => other !== host), host];
  }

  private prefer(host: Host): void {
    this.hosts = [host, ...this.hosts.filter((other) => other !== host)];
  }
}

/** The role that a connection must have. A single host without `target_session_attrs` may have any. */
export function roleFor(address: DatabaseAddress, role: ServerRole): ServerRole | null {
  return address.hosts.length > 1 || address.role !== null ? role : null;
}

/** Works through a pool too: it is one statement, and is not prepared. */
async function mustPlay(role: ServerRole | null, connection: Connection): Promise<void> {
  const text = "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only";
  const rows = await connection.run({ text, parameters: [], asArrays: false });
  const [{ read_only: isReadOnly }] = rows as [{ read_only: boolean }];
  if (role === "primary" && isReadOnly) throw new WrongRole("takes no writes");
  if (role === "standby" && !isReadOnly) throw new WrongRole("is no standby");
}

/** The short form: the whole error is only of use where there is one host. */
function reasonOf(error: unknown): string {
  const code = postgresCode(error) ?? (error as { code?: unknown }).code;
  return error instanceof WrongRole || typeof code !== "string" ? (error as Error).message : code;
}
