import { type IdPrefix, prefixOf } from "../ids/ids.js";
import type { Node } from "./node.js";
import type { Loaders, RequestContext, Viewer } from "./request-context.js";

/** Finds nodes of one type for a viewer. Null if a node does not exist or belongs to another user. */
export type NodeFinder = (uuid: string, viewer: Viewer, context: RequestContext) => Promise<Node | null>;

export interface NodeType {
  prefix: IdPrefix;
  find: NodeFinder;
}

/** The finders of all node types, by id prefix. */
export class NodeRegistry {
  private readonly types = new Map<string, NodeType>();

  add(types: readonly NodeType[]): void {
    for (const type of types) this.types.set(type.prefix.name, type);
  }

  async find(id: string, viewer: Viewer, context: RequestContext): Promise<Node | null> {
    const type = this.types.get(prefixOf(id));
    const uuid = type?.prefix.toUuid(id);
    return type && uuid ? type.find(uuid, viewer, context) : null;
  }
}

type Load<T> = Parameters<Loaders["get"]>[0] & ((ids: readonly string[]) => Promise<Map<string, T>>);

/** Finds only rows of the viewer's. All that one request asks for is read in one statement. */
export function findOwn(load: Load<Node & { row: { userId: string } }>): NodeFinder {
  return async (id, viewer, { loaders }) => {
    const found = await loaders.get(load).load(id);
    return found?.row.userId === viewer.userId ? found : null;
  };
}

/** Finds the one node whose id is the viewer's own. */
export function findViewers(load: Load<Node>): NodeFinder {
  return async (id, viewer, { loaders }) => (id === viewer.userId ? loaders.get(load).load(id) : null);
}
