import { type IdPrefix, prefixOf } from "../ids/ids.js";
import type { Node } from "./node.js";
import type { RequestContext, Viewer } from "./request-context.js";

/** Finds nodes of one type for a viewer. Null if a node does not exist or belongs to another user. */
export type NodeFinder = (uuid: string, viewer: Viewer, context: RequestContext) => Promise<Node | null>;

/** The finders of all node types, by id prefix. Each module adds its own types. */
export class NodeRegistry {
  private readonly finders = new Map<string, { prefix: IdPrefix; find: NodeFinder }>();

  add(prefix: IdPrefix, find: NodeFinder): void {
    this.finders.set(prefix.name, { prefix, find });
  }

  async find(id: string, viewer: Viewer, context: RequestContext): Promise<Node | null> {
    const finder = this.finders.get(prefixOf(id));
    const uuid = finder?.prefix.toUuid(id);
    return finder && uuid ? finder.find(uuid, viewer, context) : null;
  }
}
