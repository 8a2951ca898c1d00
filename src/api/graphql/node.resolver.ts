import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { BadUserInput } from "../../platform/base/common-errors.js";
import { pageSizeMax } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import type { NodeRegistry } from "../../platform/graphql/node-registry.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";

@Resolver()
export class NodeResolver {
  constructor(private readonly registry: NodeRegistry) {}

  @Query(() => Node, {
    nullable: true,
    description: "Null for what does not exist and for what is not the caller's, alike.",
  })
  node(
    @Arg("id", () => ID) id: string,
    @CurrentViewer() viewer: Viewer,
    @Ctx() context: RequestContext,
  ): Promise<Node | null> {
    return this.registry.find(id, viewer, context);
  }

  @Query(() => [Node], {
    nullable: "items",
    description: "At most 100 at once, in the order asked for; null where node would be null.",
  })
  nodes(
    @Arg("ids", () => [ID]) ids: string[],
    @CurrentViewer() viewer: Viewer,
    @Ctx() context: RequestContext,
  ): Promise<(Node | null)[]> {
    if (ids.length > pageSizeMax) {
      throw new BadUserInput("ids", `At most ${pageSizeMax} ids at once.`, `一次最多 ${pageSizeMax} 个 id。`);
    }
    return Promise.all(ids.map((id) => this.registry.find(id, viewer, context)));
  }
}
