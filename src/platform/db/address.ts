/** The primary accepts writes, a standby replicates it. */
export type ServerRole = "primary" | "standby";

export interface Host {
  name: string;
  port: number;
}

/** A parsed `postgres://` URL. It may name several hosts, of which one is used at a time. */
export interface DatabaseAddress {
  hosts: readonly Host[];
  user: string;
  password: string;
  database: string;
  /** Parameters for the driver and the server, such as `sslmode`. */
  parameters: URLSearchParams;
  /** `target_session_attrs`; null if it is missing or "any". */
  role: ServerRole | null;
}

/** The message never contains the URL, because that may hold a password. */
export class InvalidDatabaseUrl extends Error {}

const defaultPort = 5432;
/** Parameters for libpq only. The driver would send them to the server, which rejects unknown parameters. */
const libpqOnly =
  /^(target_session_attrs|load_balance_hosts|channel_binding|gssencmode|keepalives.*|tcp_user_timeout)$/;
const roles: Record<string, ServerRole | null> = {
  any: null,
  "read-write": "primary",
  primary: "primary",
  standby: "standby",
  "read-only": "standby",
  "prefer-standby": "standby",
};

/**
 * Parses a URL as libpq does: `postgres://user:password@a:5432,[::1]:5433/name?parameters`. Neither the
 * URL class nor postgres.js can parse several hosts with an IPv6 address among them.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const [, authority, path = "", query = ""] =
    /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url) ?? [];
  if (authority === undefined) throw new InvalidDatabaseUrl("must be a postgres:// URL");
  const userEnd = authority.lastIndexOf("@");
  const [, user = "", password = ""] =
    /^([^:]*):?(.*)$/s.exec(authority.slice(0, Math.max(0, userEnd))) ?? [];
  const parameters = new URLSearchParams(query);
  const wanted = parameters.get("target_session_attrs") ?? "any";
  const role = roles[wanted];
  if (role === undefined) {
    throw new InvalidDatabaseUrl(`target_session_attrs must be one of ${Object.keys(roles).join(", ")}`);
  }
  for (const name of [...parameters.keys()]) if (libpqOnly.test(name)) parameters.delete(name);
  return {
    hosts: authority
      .slice(userEnd + 1)
      .split(",")
      .map(parseHost),
    user: decode(user),
    password: decode(password),
    database: decode(path),
    parameters,
    role,
  };
}

/** Explains why the URL is invalid or demands another role, without repeating it. Null if it is usable. */
export function problemWithDatabaseUrl(url: string, role: ServerRole): string | null {
  try {
    const wanted = parseDatabaseUrl(url).role;
    if (wanted === null || wanted === role) return null;
    const fitting = Object.keys(roles).filter((name) => roles[name] === role);
    return `target_session_attrs must be ${fitting.join(" or ")} here`;
  } catch (error) {
    if (error instanceof InvalidDatabaseUrl) return error.message;
    throw error;
  }
}

function parseHost(text: string): Host {
  const [, ipv6, name, port] = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(decode(text)) ?? [];
  const host = { name: ipv6 ?? (name || "localhost"), port: port ? Number(port) : defaultPort };
  if ((ipv6 ?? name) === undefined || host.port < 1 || host.port > 65_535) {
    throw new InvalidDatabaseUrl("each host must be written as name, name:port or [IPv6 address]:port");
  }
  return host;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidDatabaseUrl("a % must be written as %25 in a URL");
  }
}
