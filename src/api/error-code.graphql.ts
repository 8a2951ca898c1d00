import { GraphQLEnumType } from "graphql";
import { errorCodes } from "../platform/app-error.js";

/** No field has this type: it is in the schema so that clients can generate the codes. */
export const ErrorCodeEnum = new GraphQLEnumType({
  name: "ErrorCode",
  description: "Every error carries one of these in extensions.code.",
  values: {
    ...Object.fromEntries(errorCodes.map((code) => [code, {}])),
    INSUFFICIENT_CREDITS: { description: "extensions.required and extensions.available say how many." },
    QUOTA_EXCEEDED: {
      description: "Too many unfinished tasks, or too many today: extensions.limit, extensions.resetAt.",
    },
    RATE_LIMITED: { description: "extensions.retryAfterMs." },
  },
});
