import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Clock } from "../../platform/base/clock.js";
import type { EventBus, Topic } from "../../platform/events/event-bus.js";
import type { Metrics } from "../../platform/metrics/metrics.js";
import type { RequestInfo } from "../../platform/observability/request-info.js";
import type { DocumentResolver } from "../graphql/documents/document-resolver.js";
import type { OperationCache } from "../graphql/operations/operation-cache.js";
import type { Authenticate, IsSessionLive } from "../http/context.js";
import type { ErrorFormatter } from "../http/format-error.js";
import type { RateLimit } from "../http/rate-limit.js";
import type { ApiLimits } from "../limits.js";

/** What the WebSocket side of the edge works with. */
export interface SocketParts {
  schema: GraphQLSchema;
  authenticate: Authenticate;
  isSessionLive: IsSessionLive;
  rateLimit: RateLimit;
  formatter: ErrorFormatter;
  introspection: boolean;
  documents: DocumentResolver;
  operations: OperationCache;
  limits: ApiLimits;
  bus: EventBus;
  /** A session that ended loses its sockets. */
  sessionEnded: Topic<{ sessionId: string }>;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Told of every operation: its log line and figures. */
  report(info: RequestInfo, durationMs: number): void;
}
