import type { GraphQLSchema } from "graphql";
import type { Clock } from "../../platform/clock.js";
import type { EventBus } from "../../platform/events.js";
import type { Logger } from "../../platform/logger.js";
import type { Metrics } from "../../platform/metrics.js";
import type { Authenticate, IsSessionLive } from "../context.js";
import type { DocumentSource } from "../document-source.js";
import type { ErrorFormatter } from "../format-error.js";
import type { ApiLimits } from "../limits.js";
import type { OperationCache } from "../operations/operation-cache.js";
import type { RateLimit } from "../rate-limit.js";
import type { RequestScope } from "../request-scope.js";

/** What the WebSocket side of the edge works with. */
export interface SocketParts {
  schema: GraphQLSchema;
  authenticate: Authenticate;
  isSessionLive: IsSessionLive;
  rateLimit: RateLimit;
  formatter: ErrorFormatter;
  introspection: boolean;
  documents: DocumentSource;
  operations: OperationCache;
  limits: ApiLimits;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Told of every operation: its log line and figures. */
  report(scope: RequestScope, durationMs: number): void;
}
