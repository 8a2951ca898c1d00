import { Field, ID, InputType, ObjectType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { User } from "../accounts/index.js";

export const { Connection: UserConnection } = connectionTypes(User);

@InputType({ description: "Input of followUser, unfollowUser, blockUser and unblockUser." })
export class UserInput {
  @Field(() => ID, { description: "Another user." }) userId!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "Result of followUser, unfollowUser, blockUser and unblockUser.",
})
export class UserPayload {
  @Field(() => User, { description: "The user, after the change." }) user!: User;
}
