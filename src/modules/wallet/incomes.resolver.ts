import type { GraphQLResolveInfo } from "graphql";
import { Arg, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { type Income, IncomeConnection, IncomeState } from "./incomes.graphql.js";
import type { IncomesService } from "./incomes.service.js";
import { Wallet } from "./wallet.graphql.js";

@Resolver(() => Wallet)
export class WalletIncomesResolver {
  constructor(private readonly service: IncomesService) {}

  @FieldResolver(() => IncomeConnection, { description: "The viewer's income as a creator, newest first." })
  incomes(
    @Root() wallet: Wallet,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Arg("state", () => [IncomeState], { nullable: true }) state: IncomeState[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Income>> {
    const args = { first, after: after ?? null, state: state ?? null };
    return this.service.list(wallet.userId, args, requestedNodeFields(info));
  }
}
