/**
 * For `@Subscription`: the decorated method itself is called when a client subscribes. It returns the
 * events, and each event is the field's value. type-graphql calls the method for every event instead,
 * without a way to reach its resolver from `subscribe`, so `optimizeSchema` changes that.
 */
export function callMethod(): never {
  throw new Error("the schema has not gone through optimizeSchema");
}
