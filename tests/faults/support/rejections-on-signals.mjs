// Runs first in a server that gets unhandled rejections by signals.
import { GraphQLError } from "graphql";

process.on("SIGUSR2", () => void Promise.reject(new GraphQLError("an item failed")));
process.on("SIGWINCH", () => void Promise.reject(new Error("a fault of ours")));
