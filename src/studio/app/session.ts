import { LoginDocument, type LoginMutation, RefreshSessionDocument } from "../../generated/operations";
import { postGraphql } from "./post";
import { refusalOf } from "./refusal";

export interface Tokens {
  userId: string;
  accessToken: string;
  /** By this browser's clock, which may differ from the server's. */
  expiresAtMs: number;
  refreshToken: string;
}

type NewTokens = Pick<Tokens, "userId" | "accessToken" | "refreshToken"> & { accessTokenExpiresAt: string };

/** Why there is no session: no user has logged in, the user logged out, or the server ended it. */
type Absence = "none" | "left" | "ended";

const storageKey = "skyriff.session";
const endedKey = "skyriff.ended";
/** Refreshed this long before its end, so that no request meets the end on its way. */
const marginMs = 5_000;

/**
 * The login of this browser. Its tokens are in localStorage, so every tab has them. A refresh token works
 * once, so only the tab that holds the lock refreshes, after it has read the storage again.
 */
class Session {
  private tokens: Tokens | null = read();
  private readonly listeners = new Set<() => void>();
  private refreshing: Promise<boolean> | null = null;

  constructor() {
    // Another tab has logged in or out, or refreshed.
    window.addEventListener("storage", ({ key }) => {
      if (key === storageKey || key === null) this.adopt(read());
    });
  }

  get userId(): string | null {
    return this.tokens?.userId ?? null;
  }

  get authorization(): string | undefined {
    return this.tokens ? `Bearer ${this.tokens.accessToken}` : undefined;
  }

  get isExpired(): boolean {
    return this.tokens !== null && this.tokens.expiresAtMs - marginMs < Date.now();
  }

  get absence(): Absence {
    if (this.tokens) return "none";
    return (sessionStorage.getItem(endedKey) as Absence | null) ?? "none";
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getUserId = (): string | null => this.userId;

  async logIn(phone: string, code: string): Promise<LoginMutation["login"]> {
    const { login } = await postGraphql(LoginDocument, { input: { phone, code } });
    this.store({ ...login, userId: login.user.id });
    sessionStorage.removeItem(endedKey);
    return login;
  }

  end(absence: "left" | "ended"): void {
    if (!this.tokens) return;
    sessionStorage.setItem(endedKey, absence);
    this.store(null);
  }

  /**
   * Replaces the access token after `refused` was refused or has expired. False: the user has to log in
   * again. Rejects when the server cannot be reached; the session goes on then.
   */
  refresh(refused: string | undefined): Promise<boolean> {
    this.refreshing ??= withLock(() => this.rotate(refused)).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  private async rotate(refused: string | undefined): Promise<boolean> {
    // While this tab waited for the lock, another may have refreshed.
    this.adopt(read());
    if (!this.tokens) return false;
    if (this.authorization !== refused && !this.isExpired) return true;
    try {
      const input = { refreshToken: this.tokens.refreshToken };
      const { refreshSession } = await postGraphql(RefreshSessionDocument, { input });
      this.store({ ...refreshSession, userId: this.tokens.userId });
      return true;
    } catch (error) {
      if (refusalOf(error).code !== "UNAUTHENTICATED") throw error;
      this.end("ended");
      return false;
    }
  }

  private store(tokens: NewTokens | null): void {
    if (tokens) {
      const { userId, accessToken, refreshToken } = tokens;
      const stored: Tokens = { userId, accessToken, refreshToken, expiresAtMs: expiryOf(tokens) };
      localStorage.setItem(storageKey, JSON.stringify(stored));
    } else localStorage.removeItem(storageKey);
    this.adopt(read());
  }

  private adopt(tokens: Tokens | null): void {
    this.tokens = tokens;
    for (const listener of this.listeners) listener();
  }
}

function read(): Tokens | null {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? "null");
  } catch {
    return null;
  }
}

/** The token says how long it is valid. Counted from now, the result does not depend on the browser's clock. */
function expiryOf({ accessToken, accessTokenExpiresAt }: NewTokens): number {
  try {
    const payload = accessToken.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const { iat, exp } = JSON.parse(atob(payload));
    if (exp > iat) return Date.now() + (exp - iat) * 1000;
  } catch {}
  return Date.parse(accessTokenExpiresAt);
}

/** Pages on plain http, other than localhost, have no locks. There the server's leeway covers two tabs. */
function withLock<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request("skyriff.refresh", work) : work();
}

export const session = new Session();
