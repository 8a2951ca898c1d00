import DataLoader from "dataloader";
import { createParameterDecorator } from "type-graphql";
import { Unauthenticated } from "../base/common-errors.js";
import type { Language } from "../base/language.js";

/** The logged-in user, as proven by an access token. Ids are bare UUIDs. */
export interface Viewer {
  userId: string;
  sessionId: string;
}

/** Shared by all resolvers of one request, or of one event of a subscription. */
export interface RequestContext {
  viewer: Viewer | null;
  language: Language;
  /** The client's network address, for limits. */
  address: string;
  /** Whether the request was made on the machine that the server runs on. */
  isFromThisMachine(): boolean;
  loaders: Loaders;
}

/** DataLoaders of one request, created on first use. */
export class Loaders {
  private readonly made = new Map<object, DataLoader<string, unknown>>();

  /** Forgets loaded rows, which may have changed. */
  clear(): void {
    this.made.clear();
  }

  /** `load` gets all keys requested in one tick. Keys missing in its map become null. */
  get<T>(load: (keys: readonly string[]) => Promise<Map<string, T>>): DataLoader<string, T | null> {
    let loader = this.made.get(load);
    if (!loader) {
      loader = new DataLoader<string, unknown>(async (keys) => {
        const found = await load(keys);
        return keys.map((key) => found.get(key) ?? null);
      });
      this.made.set(load, loader);
    }
    return loader as DataLoader<string, T | null>;
  }
}

/** A resolver's parameter: the logged-in viewer. Without one the field answers UNAUTHENTICATED. */
export function CurrentViewer(): ParameterDecorator {
  return createParameterDecorator<RequestContext>(({ context }) => {
    if (!context.viewer) throw new Unauthenticated();
    return context.viewer;
  }) as ParameterDecorator;
}
