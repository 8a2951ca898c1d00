import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Int, Query, Resolver, Root, Subscription } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import type { NodeRegistry } from "../../platform/graphql/node-registry.js";
import { subscribedByMethod } from "../../platform/graphql/optimize-schema.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { publicId } from "../../platform/ids/ids.js";
import { entryDescription } from "./entry-description.js";
import type { Subject } from "./ledger/transfers.js";
import { AssetEnum, LedgerEntry, LedgerEntryConnection, LedgerEntryType, Wallet } from "./wallet.graphql.js";
import type { WalletService } from "./wallet.service.js";
import type { WalletFeed } from "./wallet-feed.js";

@Resolver(() => Wallet)
export class WalletResolver {
  constructor(
    private readonly wallets: WalletService,
    private readonly feed: WalletFeed,
  ) {}

  @Query(() => Wallet, { description: "The viewer's wallet." })
  wallet(@CurrentViewer() viewer: Viewer): Promise<Wallet> {
    return this.wallets.walletOf(viewer.userId);
  }

  @Subscription(() => Wallet, {
    description: "The viewer's wallet at once, then after every change.",
    subscribe: subscribedByMethod,
  })
  walletChanged(@CurrentViewer() viewer: Viewer): AsyncIterable<Wallet> {
    return this.feed.subscribe(viewer.userId);
  }

  @FieldResolver(() => LedgerEntryConnection, { description: "The statement, newest first." })
  entries(
    @Root() wallet: Wallet,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Arg("asset", () => AssetEnum, { nullable: true, defaultValue: AssetEnum.CREDIT })
    asset: AssetEnum | null,
    @Arg("types", () => [LedgerEntryType], { nullable: true }) types: LedgerEntryType[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<LedgerEntry>> {
    const args = { first, after: after ?? null, asset, types: types ?? null };
    return this.wallets.entriesOf(wallet.userId, args, requestedNodeFields(info));
  }
}

@Resolver(() => LedgerEntry)
export class LedgerEntryResolver {
  constructor(private readonly subjects: NodeRegistry) {}

  @FieldResolver(() => String, { description: "A description for people." })
  description(@Root() { entry }: LedgerEntry, @Ctx() context: RequestContext): string {
    return entryDescription(entry)[context.language];
  }

  @FieldResolver(() => Node, {
    nullable: true,
    description:
      "The Task, Video, Work or Income that the money moved for. A deleted video has its id here too; a work is null if the viewer may no longer see it.",
  })
  async subject(
    @Root() { entry }: LedgerEntry,
    @CurrentViewer() viewer: Viewer,
    @Ctx() context: RequestContext,
  ): Promise<Node | null> {
    const { subjectType, subjectId } = entry;
    if (!subjectType || !subjectId) return null;
    return this.subjects.find(publicId(subjectType as Subject["type"], subjectId), viewer, context);
  }
}
