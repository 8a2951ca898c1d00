import { EventEmitter } from "node:events";
import type { EventBus } from "../../src/platform/events/event-bus.js";

/** Events within this process. */
export class LocalBus implements EventBus {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  publish: EventBus["publish"] = (topic, ...events) => {
    for (const event of events) this.emitter.emit(topic.name, event);
  };

  subscribe: EventBus["subscribe"] = (topic, listener) => {
    this.emitter.on(topic.name, listener);
    return () => this.emitter.off(topic.name, listener);
  };

  onReconnect: EventBus["onReconnect"] = () => () => {};

  async close(): Promise<void> {
    this.emitter.removeAllListeners();
  }
}
